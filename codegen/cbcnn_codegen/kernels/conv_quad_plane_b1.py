"""Convolution of the image on four pixels at a time; see `conv_quad.h`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from cbcnn_codegen.kernels.comparison import (
    clipped_thresholds,
    comparison_tables,
    largest_accumulator,
)
from cbcnn_codegen.kernels.geometry import (
    conv_fields,
    count_pixels,
    count_products,
    image_fields,
    pool_area,
)
from cbcnn_codegen.kernels.offer import Field, Offer, Scratch, Table, Work
from cbcnn_codegen.kernels.overlap import lead_of_pixels
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.binary_conv import BinaryConv

CODE_BYTES: Final = 1088

_MOST_TAPS: Final = (5, 3, 2)
"""Largest groups of taps that are offered: fewer taps need more look-ups and less memory."""

_LARGEST: Final = 1 << 14
_HALF: Final = 1 << 15
_BOTH_HALVES: Final = 0x10001
_SUM_BITS: Final = 16
_VECTOR_WORDS: Final = 8
"""Integers of 32 bits in a vector of `kernels/vector/conv_quad_plane_b1.c`."""


@dataclass(frozen=True)
class _Groups:
    """How the taps of a filter are cut: an even number of groups, and the taps of each."""

    count: int
    taps: int


def offers(site: Site) -> Iterator[Offer]:
    """Takes a convolution whose accumulators and thresholds fit in 16 bits together."""
    match site:
        case Site(op=BinaryConv() as op, reads=("plane",), writes="pixel_words"):
            if site.sizes.has_lanes and largest_accumulator(op, site.source) < _LARGEST:
                yield from (_offer(site, op, _cut(op, most_taps)) for most_taps in _MOST_TAPS)


def _cut(op: BinaryConv, most_taps: int) -> _Groups:
    """As few groups as their largest size permits, and as small as possible."""
    taps = op.weights[0].size
    count = 2 * -(-taps // (2 * most_taps))
    return _Groups(count, -(-taps // count))


def _offer(site: Site, op: BinaryConv, groups: _Groups) -> Offer:
    return Offer(
        kernel="conv_quad_plane_b1",
        struct="conv_quad_t",
        fields=(
            Field("", members=conv_fields(site, op)),
            Field("pad", (op.pad,)),
            *image_fields(site),
            Field("taps of a group", (groups.taps,)),
            Field("groups", (groups.count,)),
        ),
        tables=_tables(site, op, groups),
        work=_work(site, op, groups),
        code_bytes=CODE_BYTES,
        products=count_products(op, site.source.shape),
        scratch=_scratch(site, groups),
        leads=(lead_of_pixels(site, op.window, op.pool),),
    )


def _tables(site: Site, op: BinaryConv, groups: _Groups) -> tuple[Table | None, ...]:
    """Weights, a byte for each group; starts; complement."""
    filters = len(op.weights)
    positive = op.weights.reshape(filters, -1) > 0
    missing = groups.count * groups.taps - positive.shape[1]
    grouped = np.pad(positive, ((0, 0), (0, missing))).reshape(-1, groups.taps)
    weights = np.packbits(grouped, axis=-1, bitorder="little").ravel()
    thresholds = clipped_thresholds(op, site.source).astype(np.int64)
    starts = (_HALF - thresholds) * _BOTH_HALVES
    _, complement = comparison_tables(site, op)
    shape = f"{filters} x {groups.count} groups of {groups.taps} taps"
    return (
        Table("weights", "pattern", weights, shape),
        Table("starts", "u32", starts, f"{filters} channels"),
        complement,
    )


def _work(site: Site, op: BinaryConv, groups: _Groups) -> Work:
    """Sums of groups of taps for four pixels at once."""
    channels, area = site.output.shape.channels, pool_area(op)
    quads = count_pixels(op, site.source.shape) / area * -(-area // 4)
    return {
        "quad_pairs": quads * channels * groups.count / 2,
        "quad_filters": quads * channels,
        "quad_sums": quads * groups.count * 2**groups.taps,
        "quad_taps": quads * op.weights[0].size,
    }


def _scratch(site: Site, groups: _Groups) -> Scratch:
    """Two words for each sum of each group; in vectors of 256 bits, what 16 pooled pixels need."""
    if site.sizes.lane_words * site.sizes.word_bits < _VECTOR_WORDS * 32:
        return Scratch("u32", groups.count * (2 << groups.taps))
    words = site.output.pixel_items(site.sizes)
    pieces = words * site.sizes.word_bits // _SUM_BITS
    quads = groups.count * (groups.taps + (1 << groups.taps))
    return Scratch("u32", (4 * quads + pieces) * _VECTOR_WORDS)
