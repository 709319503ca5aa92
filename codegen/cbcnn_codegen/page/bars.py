"""Draws bars: what each layer costs, and how much of each board the code takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cbcnn_codegen.page.network import ROW, say_shape
from cbcnn_codegen.page.picture import (
    WIDTH,
    Box,
    Label,
    PageTable,
    Picture,
    box,
    count,
    fitted,
    label,
    page_table,
    percent,
    picture,
    short,
)
from cbcnn_codegen.report import BoardFit, Report, ReportedLayer

_BAR: Final = 11
_LONGEST: Final = 250.0
"""Pixels of the longest bar; its number stands behind it."""

_BOARD_ROW: Final = 46


@dataclass(frozen=True)
class _Bar:
    """A share of the longest bar, its number, and the name of its colour."""

    share: float
    text: str
    style: str


def draw_costs(report: Report) -> tuple[Picture, PageTable]:
    """Flash and instructions of each layer, beside the boxes of the network."""
    layers = report.layers
    flash = [layer.weights_bytes + layer.constants_bytes for layer in layers]
    instructions = [layer.instructions_estimated for layer in layers]
    rows = [("all layers", _sums(flash, instructions))]
    rows += [
        (
            layer.name,
            [
                _Bar(own / max(*flash, 1), f"{short(own)} B", "bar flash"),
                _Bar(run / max(*instructions, 1), short(run), "bar time"),
            ],
        )
        for layer, own, run in zip(layers, flash, instructions, strict=True)
    ]
    drawn = _draw(
        "costs-picture",
        "Flash and time of each layer",
        f"Two bars for all layers together and for each of {len(layers)}: its tables in flash and "
        f"its instructions for one image. {_largest(layers, flash, 'bytes of flash')} "
        f"{_largest(layers, instructions, 'instructions')}",
        rows,
        ROW,
    )
    return drawn, _cost_table(layers)


def _sums(flash: Sequence[int], instructions: Sequence[int]) -> list[_Bar]:
    """The row of all layers, where the picture of the network has the image: no share of itself."""
    return [
        _Bar(1.0, f"{short(sum(flash))} B", "bar flash"),
        _Bar(1.0, short(sum(instructions)), "bar time"),
    ]


def _largest(layers: Sequence[ReportedLayer], values: Sequence[int], unit: str) -> str:
    """A sentence about the largest one; "" if there are no layers."""
    if not values:
        return ""
    place = values.index(max(values))
    whole = max(sum(values), 1)
    return (
        f"{layers[place].name} takes most {unit}: {count(values[place])}, "
        f"{percent(values[place] / whole)}."
    )


def _cost_table(layers: Sequence[ReportedLayer]) -> PageTable:
    rows: list[list[str | int]] = [
        [
            layer.name,
            say_shape(layer.shape),
            layer.kind,
            layer.kernel,
            layer.weights_bytes,
            layer.constants_bytes,
            layer.instructions_estimated,
            layer.products.total,
            layer.output_bytes,
            layer.scratch_bytes,
        ]
        for layer in layers
    ]
    sums = [*map(sum, zip(*(row[4:8] for row in rows), strict=True))]
    rows.append(["all layers", "", "", "", *sums, "", ""])
    return page_table(
        "layers",
        "Layers in the order of their runs; sizes in bytes",
        "layer|output|kind|kernel|weights|constants|instructions, estimated|products|output bytes|"
        "scratch",
        rows,
    )


def draw_boards(report: Report) -> tuple[Picture, PageTable]:
    """How much of each known board's flash and RAM the code takes."""
    rows = [
        (
            f"{'✓' if board.fits else '✗'} {board.title}",
            [
                _share("flash", report.flash_bytes.total, board.flash_bytes),
                _share("RAM", report.ram_bytes.total, board.ram_bytes),
            ],
        )
        for board in report.fits
    ]
    fitting = sum(board.fits for board in report.fits)
    drawn = _draw(
        "boards-picture",
        "Boards and the room that they have",
        f"{fitting} of {len(report.fits)} known boards have room. Two bars for each: the share of "
        "its flash and of its RAM that the code takes.",
        rows,
        _BOARD_ROW,
    )
    return drawn, _board_table(report.fits)


def _share(what: str, used: int, size: int) -> _Bar:
    share = used / size
    style = f"bar {what.lower()}" if share <= 1 else "bar over"
    return _Bar(min(share, 1.0), f"{percent(share)} {what}", style)


def _board_table(boards: Sequence[BoardFit]) -> PageTable:
    rows = [
        [
            board.title,
            board.target,
            "yes" if board.fits else "no",
            *(board.flash_bytes, board.flash_left_bytes, board.ram_bytes, board.ram_left_bytes),
        ]
        for board in boards
    ]
    return page_table(
        "room",
        "Room on each board, in bytes; what is left is negative where it does not fit",
        "board|processor|fits|flash|flash left|RAM|RAM left",
        rows,
    )


def _draw(
    name: str,
    title: str,
    description: str,
    rows: Sequence[tuple[str, Sequence[_Bar]]],
    row_height: float,
) -> Picture:
    boxes: list[Box] = []
    labels: list[Label] = []
    for index, (text, bars) in enumerate(rows):
        top = index * row_height
        labels.append(label(0, top + 12, fitted(text, 46), "strong"))
        for place, bar in enumerate(bars):
            y = top + 18 + place * (_BAR + 2)
            width = max(bar.share * _LONGEST, 1.0)
            boxes.append(box(0, y, _LONGEST, _BAR, "rail"))
            boxes.append(box(0, y, width, _BAR, bar.style, f"{text}: {bar.text}"))
            labels.append(label(_LONGEST + 8, y + 9.5, bar.text, "small"))
    height = len(rows) * row_height
    return picture(name, title, description, height, boxes=boxes, labels=labels, width=WIDTH)
