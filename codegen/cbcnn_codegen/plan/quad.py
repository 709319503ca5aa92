"""The first convolution on four pixels at a time: descriptor, tables, needs; see `conv_quad.h`."""

from __future__ import annotations

from typing import Final

import numpy as np

from cbcnn_codegen.ir import BinaryConv
from cbcnn_codegen.plan.describe import describe_geometry, describe_image, pack_comparison
from cbcnn_codegen.plan.ranges import clipped_thresholds, largest_accumulator
from cbcnn_codegen.plan.steps import Field, Layer, Scratch, Table

GROUP_TAPS: Final = 5
_LARGEST: Final = 1 << 14
_HALF: Final = 1 << 15
_BOTH_HALVES: Final = 0x10001
_SUM_BITS: Final = 16
_VECTOR_WORDS: Final = 8
"""Integers of 32 bits in a vector of `kernels/vector/conv_quad_plane_b1.c`."""


def can_quad(layer: Layer) -> bool:
    """Whether accumulators and thresholds fit in 16 bits together."""
    op = _conv(layer)
    if op.thresholds is None:
        return False
    return largest_accumulator(op, layer.source, layer.image) < _LARGEST


def quad_groups(layer: Layer, most_taps: int = GROUP_TAPS) -> tuple[int, int]:
    """An even number of groups, and the taps of each: as few groups and as small as possible.

    Args:
        layer: a convolution on the image.
        most_taps: of a group, at most `GROUP_TAPS`; fewer need more look-ups and less memory.
    """
    taps = _conv(layer).weights[0].size
    groups = 2 * -(-taps // (2 * most_taps))
    return groups, -(-taps // groups)


def describe_quad(layer: Layer, most_taps: int = GROUP_TAPS) -> tuple[Field, ...]:
    """Members of `cbcnn_conv_quad_t` before its pointers."""
    groups, taps = quad_groups(layer, most_taps)
    return (
        Field("", members=describe_geometry(layer)),
        Field("pad", (_conv(layer).pad,)),
        *describe_image(layer),
        Field("taps of a group", (taps,)),
        Field("groups", (groups,)),
    )


def pack_quad(layer: Layer, most_taps: int = GROUP_TAPS) -> tuple[Table | None, ...]:
    """Weights, a byte for each group; starts; complement."""
    op = _conv(layer)
    groups, taps = quad_groups(layer, most_taps)
    filters = len(op.weights)
    positive = op.weights.reshape(filters, -1) > 0
    padded = np.pad(positive, ((0, 0), (0, groups * taps - positive.shape[1])))
    grouped = padded.reshape(filters * groups, taps)
    weights = np.packbits(grouped, axis=-1, bitorder="little").ravel()
    thresholds = clipped_thresholds(op, layer.source, layer.image).astype(np.int64)
    _, complement = pack_comparison(layer, op)
    return (
        Table("weights", "pattern", weights, f"{filters} x {groups} groups of {taps} taps"),
        Table("starts", "u32", (_HALF - thresholds) * _BOTH_HALVES, f"{filters} channels"),
        complement,
    )


def quad_scratch(layer: Layer, most_taps: int = GROUP_TAPS) -> Scratch:
    """Two words for each sum of each group; where lanes are vectors, what 16 pooled pixels need."""
    groups, taps = quad_groups(layer, most_taps)
    if layer.format.lane_words == 1:
        return Scratch("u32", groups * (2 << taps))
    words = layer.format.words(layer.output.shape.channels)
    pieces = words * layer.format.word_bits // _SUM_BITS
    quads = groups * (taps + (1 << taps))
    return Scratch("u32", (4 * quads + pieces) * _VECTOR_WORDS)


def _conv(layer: Layer) -> BinaryConv:
    assert isinstance(layer.op, BinaryConv)
    return layer.op
