"""Convolution of the image with equal filters computed once; see `conv_distinct.h`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from cbcnn_codegen.ir import Int8Array, Window
from cbcnn_codegen.kernels.comparison import clipped_thresholds, comparison_tables
from cbcnn_codegen.kernels.geometry import conv_fields, count_products, image_fields
from cbcnn_codegen.kernels.offer import Field, Offer, Scratch, Table, Work
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.binary_conv import BinaryConv

CODE_BYTES: Final = 1368

_SIZE: Final = 3
"""Rows and columns of the window."""

_POOL: Final = Window(2, 2, 2, 2)
_BATCH: Final = 32
_TABLE_WORDS: Final = 32
_MOST_CHANNELS: Final = 256
_HALF: Final = 1 << 15


@dataclass(frozen=True, eq=False)
class _Filters:
    """Filters by their kernel.

    Attributes:
        kernels: different ones, kernels x input channel x row x column.
        counts: filters that have each kernel.
        order: all filters, kernel by kernel.
    """

    kernels: npt.NDArray[np.int8]
    counts: npt.NDArray[np.intp]
    order: npt.NDArray[np.intp]


def offers(site: Site) -> Iterator[Offer]:
    """Takes 3x3 windows with 2x2 pooling whose sums fit in 15 bits."""
    match site:
        case Site(op=BinaryConv() as op, reads=("plane",), writes="pixel_words"):
            if site.sizes.has_lanes and _has_geometry(op) and 2 * _bias(site, op) < _HALF:
                yield _offer(site, op, _group(op.weights))


def _has_geometry(op: BinaryConv) -> bool:
    window = op.window
    strides = (window.stride_height, window.stride_width)
    size = (window.height, window.width)
    few = len(op.weights) <= _MOST_CHANNELS
    return few and size == (_SIZE, _SIZE) and strides == (1, 1) and op.pool == _POOL


def _largest_row(site: Site, op: BinaryConv) -> int:
    """A bound of the magnitude of the sum of a row of taps."""
    return _SIZE * max(site.source.largest, abs(op.pad))


def _bias(site: Site, op: BinaryConv) -> int:
    """What accumulators are too large by: `largest_row` for each row of taps."""
    return _SIZE * site.source.shape.channels * _largest_row(site, op)


def _group(weights: Int8Array) -> _Filters:
    rows = weights.transpose(0, 3, 1, 2)
    flat = rows.reshape(len(weights), -1)
    kernels, of, counts = np.unique(flat, axis=0, return_inverse=True, return_counts=True)
    order = np.argsort(of.ravel(), kind="stable")
    return _Filters(kernels.reshape(-1, *rows.shape[1:]), counts, order)


def _offer(site: Site, op: BinaryConv, filters: _Filters) -> Offer:
    return Offer(
        kernel="conv_distinct_plane_b1",
        struct="conv_distinct_t",
        fields=(
            Field("", members=conv_fields(site, op)),
            Field("pad", (op.pad,)),
            *image_fields(site),
            Field("largest sum of a row", (_largest_row(site, op),)),
            Field("distinct kernels", (len(filters.kernels),)),
        ),
        tables=_tables(site, op, filters),
        work=_work(site, filters),
        code_bytes=CODE_BYTES,
        products=count_products(op, site.source.shape),
        scratch=_scratch(site),
        leads=(None,),
    )


def _tables(site: Site, op: BinaryConv, filters: _Filters) -> tuple[Table | None, ...]:
    """Patterns, counts, channels, thresholds and complement."""
    patterns = ((filters.kernels > 0) << np.arange(_SIZE)).sum(axis=-1)
    _, complement = comparison_tables(site, op)
    reached = clipped_thresholds(op, site.source)[filters.order] + _bias(site, op)
    kernels = f"{len(filters.kernels)} kernels"
    channels = f"{len(filters.order)} channels"
    return (
        Table("weights", "u8", patterns.ravel(), f"{kernels} x {patterns[0].size} rows"),
        Table("counts", "u8", filters.counts, kernels),
        Table("channels", "u8", filters.order, f"{len(filters.order)} filters"),
        Table("thresholds", "threshold", reached, channels),
        complement,
    )


def _scratch(site: Site) -> Scratch:
    """Lanes of all output channels, and the tables of a batch."""
    sizes = site.sizes
    lanes = site.output.pixel_items(sizes) * sizes.word_bits * sizes.lane_words
    tables = _BATCH * _TABLE_WORDS * site.source.shape.channels
    return Scratch("word", lanes + tables * 32 // sizes.word_bits)


def _work(site: Site, filters: _Filters) -> Work:
    """Tables, the largest of each kernel and the comparisons of each filter, for all batches.

    The first channel of a kernel starts its sums, others are added to them.
    """
    shape, channels = site.output.shape, site.source.shape.channels
    batches = -(-shape.height * shape.width // _BATCH)
    return {
        "distinct_tables": batches * channels,
        "distinct_channels": batches * (channels - 1) * len(filters.kernels),
        "distinct_kernels": batches * len(filters.kernels),
        "distinct_filters": batches * shape.channels,
    }
