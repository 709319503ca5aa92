"""Draws the arena over time: which bytes hold what, from which layer to which."""

from __future__ import annotations

from typing import Final

from cbcnn_codegen.page.network import KINDS, ROW
from cbcnn_codegen.page.picture import (
    WIDTH,
    Box,
    Label,
    PageTable,
    Picture,
    Stroke,
    box,
    count,
    fitted,
    label,
    line,
    page_table,
    picture,
)
from cbcnn_codegen.report import Report, ReportedBuffer

_GUTTER: Final = 84.0
"""Pixels for the names of the layers at the left."""

_AXIS: Final = 16.0
"""Pixels for the addresses below."""

_THINNEST: Final = 3.0
_LETTER: Final = 6.4
"""Pixels of a letter of a small label, on average."""

_USES: Final = {
    "image": "image",
    "levels": "grey levels",
    "map": "map",
    "scratch": "scratch",
}


def draw_arena(report: Report) -> tuple[Picture, PageTable]:
    """Time goes down, addresses go to the right."""
    steps = ["image", *(layer.name for layer in report.layers), "scores"]
    whole = max([report.ram_bytes.arena, *(b.offset + b.bytes for b in report.arena)])
    scale = (WIDTH - _GUTTER - 2) / max(whole, 1)
    height = len(steps) * ROW
    labels = [label(0, row * ROW + 17, fitted(name, 11), "small") for row, name in enumerate(steps)]
    axis, size = height + _AXIS - 3, f"{count(whole)} B"
    labels += [label(_GUTTER, axis, "0", "small"), label(WIDTH, axis, size, "small end")]
    strokes = [_rule(row) for row in range(len(steps) + 1)]
    boxes: list[Box] = []
    for buffer in report.arena:
        drawn, named = _draw(report, buffer, scale)
        boxes.append(drawn)
        labels += named
    return (
        picture(
            "arena-picture",
            "The arena over time",
            f"Time goes down, a row for each of {len(report.layers)} layers; addresses go to the "
            f"right, from 0 to {count(whole)} bytes. {len(report.arena)} boxes: what lies where, "
            "and from which layer to which.",
            height + _AXIS,
            boxes=[box(_GUTTER, 0, WIDTH - _GUTTER - 2, height, "rail"), *boxes],
            strokes=strokes,
            labels=labels,
        ),
        _table(report, steps),
    )


def _rule(row: int) -> Stroke:
    """The line above a row."""
    y = row * ROW + 0.5
    return line([(0, y), (WIDTH, y)], "rule")


def _draw(report: Report, buffer: ReportedBuffer, scale: float) -> tuple[Box, list[Label]]:
    """The box of a buffer, and its name if there is room for it."""
    x, y = _GUTTER + buffer.offset * scale, (buffer.first + 1) * ROW
    width, height = max(buffer.bytes * scale, _THINNEST), (buffer.last - buffer.first + 1) * ROW
    name = _name(report, buffer)
    tip = f"{name}: {count(buffer.bytes)} bytes from {count(buffer.offset)} on"
    drawn = box(x + 0.5, y + 1, width - 1, height - 2, f"piece kind-{_kind(report, buffer)}", tip)
    letters = int((width - 8) / _LETTER)
    if letters < 5:
        return drawn, []
    return drawn, [label(x + 5, y + 15, fitted(name, letters), "small inside")]


def _name(report: Report, buffer: ReportedBuffer) -> str:
    if buffer.use == "map":
        return report.layers[buffer.layer].name
    if buffer.use == "scratch":
        return f"scratch of {report.layers[buffer.layer].name}"
    return _USES[buffer.use]


def _kind(report: Report, buffer: ReportedBuffer) -> str:
    """The name of its colour."""
    if buffer.use == "map":
        return KINDS[report.layers[buffer.layer].kind]
    return "image" if buffer.use == "image" else "scratch"


def _table(report: Report, steps: list[str]) -> PageTable:
    rows: list[list[str | int]] = [
        [
            _name(report, buffer),
            _USES[buffer.use],
            buffer.offset,
            buffer.bytes,
            steps[buffer.first + 1],
            steps[buffer.last + 1],
        ]
        for buffer in report.arena
    ]
    return page_table(
        "pieces",
        "Pieces of the arena, in bytes, and the layers while which they are in use",
        "piece|content|offset|bytes|from|to",
        rows,
        is_long=True,
    )
