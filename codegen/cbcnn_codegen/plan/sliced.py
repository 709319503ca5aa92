"""The bit-sliced convolution: its descriptor, its tables and what it needs; see `conv_sliced.h`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np

from cbcnn_codegen.ir import BinaryConv, Int32Array
from cbcnn_codegen.plan.describe import describe_geometry, pack_comparison
from cbcnn_codegen.plan.pack import pack_weights
from cbcnn_codegen.plan.products import pooled_pixels
from cbcnn_codegen.plan.ranges import clipped_thresholds
from cbcnn_codegen.plan.steps import Field, Layer, Scratch, Table

BLOCK_WORDS: Final = 3
"""Words of a filter that are counted together: as many triples of weights as a word has bits."""

_MATCHES_LANES: Final = 2 * 8
"""Planes of a match table: two for each pattern of three weights."""

_DIGITS: Final = 24
"""Most planes of a count."""


@dataclass(frozen=True)
class Slicing:
    """How a layer is cut: words of lanes, and parts of the filters.

    Attributes:
        filter_words: of one filter, a multiple of three.
        part_words: that have match tables at the same time.
        rounds: how many times all lanes are computed.
        rest: pixels of the convolution that are left and computed one by one.
        top: the digit that says whether a channel fires.
    """

    filter_words: int
    part_words: int
    rounds: int
    rest: int
    top: int

    @property
    def parts(self) -> int:
        """Number of parts of a filter."""
        return -(-self.filter_words // self.part_words)


def slice_layer(layer: Layer, largest_part: int | None = None) -> Slicing:
    """Cut a convolution.

    Args:
        layer: a binary convolution on signs.
        largest_part: most words of a part; None for the whole filter.
    """
    op, bits = _conv(layer), layer.format.word_bits
    taps = op.window.height * op.window.width
    words = taps * layer.format.words(layer.source.shape.channels)
    filter_words = -(-words // BLOCK_WORDS) * BLOCK_WORDS
    rows, columns = pooled_pixels(op, layer.source.shape)
    lanes = bits * layer.format.lane_words
    rounds, rest = divmod(len(rows) * len(columns), lanes)
    if rest > bits // 2:
        rounds, rest = rounds + 1, 0
    return Slicing(
        filter_words=filter_words,
        part_words=min(filter_words, largest_part or filter_words),
        rounds=rounds,
        rest=rest,
        top=(filter_words * bits).bit_length(),
    )


def can_slice(layer: Layer) -> bool:
    """Whether there is a word of lanes, and a place for its numbers."""
    if _conv(layer).thresholds is None:
        return False
    slicing = slice_layer(layer)
    rows, columns = _border_classes(layer)
    return (
        slicing.rounds > 0
        and slicing.top < min(layer.format.threshold_bits - 1, _DIGITS)
        and len(rows.kinds) * len(columns.kinds) <= layer.format.word_bits
    )


def describe_sliced(slicing: Callable[[Layer], Slicing]) -> Callable[[Layer], tuple[Field, ...]]:
    """Members of `cbcnn_conv_sliced_t` before its pointers."""

    def describe(layer: Layer) -> tuple[Field, ...]:
        cut = slicing(layer)
        rows, columns = _border_classes(layer)
        return (
            Field("", members=describe_geometry(layer)),
            Field("pad", (_conv(layer).pad,)),
            Field("words of a filter", (cut.filter_words,)),
            Field("words of a part", (cut.part_words,)),
            Field("rounds", (cut.rounds,)),
            Field("top digit", (cut.top,)),
            Field("classes of border", (len(rows.kinds) * len(columns.kinds),)),
        )

    return describe


def pack_sliced(layer: Layer) -> tuple[Table | None, ...]:
    """Weights, thresholds for the pixels that no lane takes, complement, starts and classes."""
    op, cut = _conv(layer), slice_layer(layer)
    weights = pack_weights(op.weights, layer.format.word_bits).reshape(len(op.weights), -1)
    padded = np.pad(weights, ((0, 0), (0, cut.filter_words - weights.shape[1])))
    filters, *window, channels = op.weights.shape
    shape = f"{filters} x {' x '.join(map(str, window))} x {channels} channels"
    thresholds, complement = pack_comparison(layer, op)
    rows, columns = _border_classes(layer)
    row_classes = np.array(rows.indices, np.uint8) * len(columns.kinds)
    count = len(rows.kinds) * len(columns.kinds)
    return (
        Table("weights", "word", padded.ravel(), shape),
        thresholds if cut.rest else None,
        complement,
        Table("starts", "threshold", _starts(layer, cut).ravel(), f"{filters} x {count} classes"),
        Table("row_classes", "u8", row_classes, f"{len(row_classes)} rows"),
        Table(
            "column_classes",
            "u8",
            np.array(columns.indices, np.uint8),
            f"{len(columns.indices)} columns",
        ),
    )


def sliced_scratch(slicing: Callable[[Layer], Slicing]) -> Callable[[Layer], Scratch]:
    """`cbcnn_slice_t`, match tables and waiting counts, or for one patch where that is more."""

    def scratch(layer: Layer) -> Scratch:
        cut, bits = slicing(layer), layer.format.word_bits
        lanes = (BLOCK_WORDS + 2) * bits + _DIGITS
        lanes += cut.part_words // BLOCK_WORDS * bits * _MATCHES_LANES
        if cut.parts > 1:
            lanes += len(_conv(layer).weights) * (cut.top + 1)
        lane_words = layer.format.lane_words
        items = lane_words * lanes + (1 + 4 * lane_words) * bits
        return Scratch("word", max(items, cut.filter_words))

    return scratch


@dataclass(frozen=True)
class _Borders:
    """How many taps of the window lie outside the map, along one axis.

    Attributes:
        kinds: number of taps before and after the map; (0, 0) is the first kind.
        indices: the kind of each position of the convolution.
    """

    kinds: tuple[tuple[int, int], ...]
    indices: tuple[int, ...]


def _border_classes(layer: Layer) -> tuple[_Borders, _Borders]:
    """Classes of rows and of columns; there is but one where padding is a sign like any other."""
    op, source = _conv(layer), layer.source.shape
    window = op.window
    height, width = window.output_size(source.height, source.width)
    if op.pad != 0:
        inside = ((0, 0),)
        return _Borders(inside, (0,) * height), _Borders(inside, (0,) * width)
    rows = (window.height, window.stride_height, window.padding.top)
    columns = (window.width, window.stride_width, window.padding.left)
    return _classify(height, source.height, *rows), _classify(width, source.width, *columns)


def _classify(positions: int, size: int, taps: int, stride: int, before: int) -> _Borders:
    starts = [position * stride - before for position in range(positions)]
    outside = [
        (min(max(-start, 0), taps), min(max(start + taps - size, 0), taps)) for start in starts
    ]
    kinds = tuple(dict.fromkeys([(0, 0), *outside]))
    return _Borders(kinds, tuple(kinds.index(kind) for kind in outside))


def _starts(layer: Layer, cut: Slicing) -> Int32Array:
    """What counting starts from: filters x classes.

    In the lanes a tap in zero padding counts as -1, so a lane's sum is the accumulator minus the
    sum s of the weights there, and with m of n products matching it is 2 m - n. The channel fires
    where 2 m - n + s >= threshold, that is from m = ceil((threshold + n - s) / 2) on. Bits that
    belong to no product are 0 on both sides: matches that come on top.
    """
    op = _conv(layer)
    thresholds = clipped_thresholds(op, layer.source, layer.image).astype(np.int64)
    products = op.weights[0].size
    bits = cut.filter_words * layer.format.word_bits
    columns = []
    for row, column in product(*(borders.kinds for borders in _border_classes(layer))):
        outside = np.ones(op.weights.shape[1:3], bool)
        outside[row[0] : op.window.height - row[1], column[0] : op.window.width - column[1]] = False
        off_by = op.weights.sum(axis=3, dtype=np.int64)[:, outside].sum(axis=1)
        matches = -(-(thresholds + products - off_by) // 2) + bits - products
        columns.append((1 << cut.top) - np.clip(matches, 0, bits + 1))
    starts: Int32Array = np.stack(columns, axis=1).astype(np.int32)
    return starts


def _conv(layer: Layer) -> BinaryConv:
    assert isinstance(layer.op, BinaryConv)
    return layer.op
