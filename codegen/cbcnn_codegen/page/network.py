"""Draws the network: a box for each layer in the order of their runs, and who reads whose map.

A map that the next layer reads is an arrow down. Every other reader, behind a shortcut or at the
end of a branch, gets its map along a lane at the right. The order of the boxes is that in which the
code runs, so the pictures of costs and of memory have the same order. This needs no library for the
layout of graphs: those place boxes freely, and are larger than the generator itself or programs
that a user would have to install.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cbcnn_codegen.page.picture import (
    WIDTH,
    Box,
    Label,
    Picture,
    Stroke,
    box,
    fitted,
    label,
    line,
    picture,
    short,
)
from cbcnn_codegen.report import Report

ROW: Final = 58
"""Pixels from one box to the next, also in the picture of costs."""

_BOX_HEIGHT: Final = 42
_WIDEST: Final = 300
_NARROWEST: Final = 220
"""Pixels of a box; lanes take the room of the rest."""

_LANE: Final = 11
_LETTER: Final = 8.0
"""Pixels of a letter of a name, at most but for the widest ones."""


@dataclass(frozen=True)
class _Lane:
    """A map on its way past other layers: from its maker to all readers but the next layer."""

    maker: int
    readers: tuple[int, ...]
    lane: int


@dataclass(frozen=True)
class _Node:
    """The texts of a box."""

    name: str
    shape: str
    remark: str
    style: str


def draw_network(report: Report) -> Picture:
    """The layers of a report from the image to the scores."""
    count, reads = len(report.layers), list(_reads(report))
    lanes = place_lanes(reads)
    used = max((lane.lane + 1 for lane in lanes), default=0)
    edge = max(min(_WIDEST, WIDTH - 16 - used * _LANE), _NARROWEST) + 1.0
    boxes: list[Box] = []
    labels: list[Label] = []
    for row, node in enumerate(_nodes(report)):
        top = _top(row - 1)
        boxes.append(box(1, top, edge - 1, _BOX_HEIGHT, f"node kind-{node.style}", node.name))
        letters = int((edge - 30) / _LETTER) - len(node.shape)
        labels += [
            label(12, top + 17, fitted(node.name, letters), "strong"),
            label(edge - 9, top + 17, node.shape, "end"),
            label(12, top + 34, node.remark, "small"),
        ]
    strokes = [_arrow(reader) for reader, makers in enumerate(reads) if reader - 1 in makers]
    strokes += [stroke for lane in lanes for stroke in _draw_lane(lane, edge)]
    return picture(
        "network-picture",
        "The network, from the image to the scores",
        f"{count} layers in the order of their runs, each with the shape of its map; arrows say "
        f"who reads it, {_say_lanes(lanes)}.",
        _top(len(reads)),
        boxes=boxes,
        strokes=strokes,
        labels=labels,
        width=max(WIDTH, _lane_x(used - 1, edge) + 2),
    )


def _nodes(report: Report) -> Iterator[_Node]:
    """What stands in the boxes, from the image to the scores."""
    image = report.input
    yield _Node("image", say_shape(image.shape), image.dtype, "image")
    for layer in report.layers:
        flash = layer.weights_bytes + layer.constants_bytes
        costs = f"{short(flash)} B flash · {short(layer.instructions_estimated)} instructions"
        yield _Node(layer.name, say_shape(layer.shape), costs, KINDS[layer.kind])
    if report.has_classes:
        scores = report.scores
        name = "1 score" if scores.count == 1 else f"{scores.count} scores"
        yield _Node(name, f"{report.classes} classes", f"the answer, {scores.type}", "scores")
        return
    for output in report.outputs:
        shape = "x".join(map(str, output.dimensions))
        yield _Node(output.layer, shape, f"an output, {output.type}", "scores")


def place_lanes(reads: Sequence[Sequence[int]]) -> list[_Lane]:
    """The maps that pass other layers, each in the leftmost lane that is free all the way.

    Args:
        reads: for each layer and output the layers whose maps it reads, -1 for the image.
    """
    readers: dict[int, list[int]] = {}
    for reader, makers in enumerate(reads):
        for maker in makers:
            if maker != reader - 1:
                readers.setdefault(maker, []).append(reader)
    placed: list[_Lane] = []
    for maker, found in sorted(readers.items()):
        taken = {one.lane for one in placed if one.readers[-1] > maker}
        lane = next(lane for lane in range(len(placed) + 1) if lane not in taken)
        placed.append(_Lane(maker, tuple(found), lane))
    return placed


def _reads(report: Report) -> Iterator[tuple[int, ...]]:
    """The layers that each layer reads, and each output."""
    yield from (layer.reads for layer in report.layers)
    yield from ((output.reads,) for output in report.outputs)


KINDS: Final[Mapping[str, str]] = {
    "signs": "signs",
    "int8": "integers",
    "int16": "integers",
    "accumulators": "integers",
    "reals": "reals",
}
"""The kind of a layer's map to the name of its colour."""


def say_shape(shape: Sequence[int]) -> str:
    """Height, width and channels of a map."""
    return "x".join(map(str, shape))


def _say_lanes(lanes: Sequence[_Lane]) -> str:
    if not lanes:
        return "always the next one"
    return f"{len(lanes)} maps are also read further down, along the lines at the right"


def _top(index: int) -> float:
    """Upper edge of a layer's box; -1 is the image."""
    return 1.0 + (index + 1) * ROW


def _arrow(reader: int) -> Stroke:
    """From the box above a layer into it."""
    x, end = 30.0, _top(reader) - 1
    return Stroke(
        line([(x, _top(reader - 1) + _BOX_HEIGHT), (x, end)], "").path
        + line([(x - 4, end - 5), (x, end), (x + 4, end - 5)], "").path,
        "arrow",
    )


def _lane_x(lane: int, edge: float) -> float:
    return edge + 13.0 + lane * _LANE


def _draw_lane(lane: _Lane, edge: float) -> list[Stroke]:
    """From the right edge of the maker's box down to those of the readers."""
    x, start = _lane_x(lane.lane, edge), _top(lane.maker) + _BOX_HEIGHT * 0.75
    strokes = [line([(edge, start), (x, start), (x, _into(lane.readers[-1]))], "lane")]
    for reader in lane.readers:
        y = _into(reader)
        head = line([(edge + 6, y - 4), (edge + 1, y), (edge + 6, y + 4)], "").path
        strokes.append(Stroke(line([(x, y), (edge + 1, y)], "").path + head, "lane"))
    return strokes


def _into(reader: int) -> float:
    return _top(reader) + _BOX_HEIGHT * 0.25
