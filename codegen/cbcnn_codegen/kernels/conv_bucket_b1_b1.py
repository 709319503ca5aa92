"""The convolution of signs whose filters share their counts in buckets; see `conv_bucket.h`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from cbcnn_codegen.ir import Int32Array
from cbcnn_codegen.kernels.borders import Borders, find_borders
from cbcnn_codegen.kernels.bucket_codes import (
    BUCKETS,
    CODES,
    FILTERS,
    CodeArray,
    IntArray,
    code_words,
    count_codes,
    group_codes,
    list_taps,
    pad_codes,
)
from cbcnn_codegen.kernels.comparison import clipped_thresholds, comparison_tables
from cbcnn_codegen.kernels.geometry import ONE_PIXEL, conv_fields, count_products
from cbcnn_codegen.kernels.offer import Field, Offer, Scratch, Table, Work
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.binary_conv import BinaryConv

CODE_BYTES: Final = 2498

_DIGITS: Final = 12
_NUMBERS: Final = BUCKETS + FILTERS
_CLASSES: Final = 9
_MOST_FOURS: Final = 127
"""A bucket's number has ten digits, the sign among them."""


@dataclass(frozen=True, eq=False)
class _Cut:
    """How a convolution is cut.

    Attributes:
        rows: of a segment of the map.
        part_rows: of all segments that are computed at a time.
        segments: that lie beside each other in a word.
        planes: bit planes, and as many of 0 behind them as codes need.
        top: the digit that says whether a channel fires.
        codes: of the taps, groups x rows of the window x taps of a row.
        words: of codes for a row; 0 where there are lists instead.
        fours: taps of each code in each group in fours, rounded up, with those behind the last tap.
        borders: classes of border.
    """

    rows: int
    part_rows: int
    segments: int
    planes: int
    top: int
    codes: CodeArray
    words: int
    fours: IntArray
    borders: Borders

    @property
    def list_items(self) -> int:
        """Places in the longest lists of a group."""
        return int(4 * self.fours.sum(axis=1).max())


def offers(site: Site) -> Iterator[Offer]:
    """Takes a convolution with strides of 1 whose rows fit in a word and whose pools are full."""
    match site:
        case Site(op=BinaryConv() as op, reads=("pixel_words",), writes="pixel_words"):
            if site.sizes.has_lanes and _has_lanes(site, op):
                for cut in _cut(site, op):
                    if _has_room(site, cut):
                        yield _offer(site, op, cut)


def _has_lanes(site: Site, op: BinaryConv) -> bool:
    """Whether each pixel of the convolution has a lane, and its window the planes that it reads."""
    source, window = site.source.shape, op.window
    _, width = window.output_size(source.height, source.width)
    return (
        (window.stride_height, window.stride_width) == (1, 1)
        and not any((op.pool or ONE_PIXEL).padding)
        and width <= source.width <= site.sizes.word_bits
        and window.padding.left < window.width
        and window.padding.top < window.height
    )


def _has_room(site: Site, cut: _Cut) -> bool:
    """Whether numbers, lists and classes of border have their place."""
    return (
        cut.top < min(_DIGITS, site.sizes.threshold_bits - 1)
        and cut.fours.max() <= _MOST_FOURS
        and cut.borders.classes <= _CLASSES + 1
    )


def _cut(site: Site, op: BinaryConv) -> Iterator[_Cut]:
    """All rows of a segment at a time, and half of them, a quarter and so on in less memory."""
    codes = group_codes(op.weights)
    padded = codes if site.sizes.has_lists else pad_codes(codes)
    words = 0 if site.sizes.has_lists else code_words(padded).shape[2]
    for rows, part_rows in _cut_rows(site, op):
        yield _Cut(
            rows=rows,
            part_rows=part_rows,
            segments=-(-_height(site, op) // rows),
            planes=max(codes.shape[2] + 1, padded.shape[2]),
            top=int(op.weights[0].size).bit_length() | 1,
            codes=codes,
            words=words,
            fours=-(-count_codes(padded) // 4),
            borders=find_borders(op, site.source.shape, same_pad=-1),
        )


def _height(site: Site, op: BinaryConv) -> int:
    """Rows of the convolution that pooling reads."""
    pool = op.pool or ONE_PIXEL
    return (site.output.shape.height - 1) * pool.stride_height + pool.height


def _cut_rows(site: Site, op: BinaryConv) -> Iterator[tuple[int, int]]:
    """Rows of a segment, and those of a part.

    First the fewest words that hold all rows that pooling reads. Parts of them are equally large
    and have whole pool windows only, so that some rows may be added.
    """
    pool, bundle = op.pool or ONE_PIXEL, site.sizes.lane_words
    rows = -(-_height(site, op) // (site.sizes.word_bits // site.source.shape.width))
    rows = -(-rows // bundle) * bundle
    yield rows, rows
    if bundle > 1 or pool.height > pool.stride_height:
        return
    parts, before = 2, rows
    while before > (part_rows := -(-rows // (parts * pool.stride_height)) * pool.stride_height):
        yield parts * part_rows, part_rows
        parts, before = 2 * parts, part_rows


def _offer(site: Site, op: BinaryConv, cut: _Cut) -> Offer:
    return Offer(
        kernel="conv_bucket_b1_b1",
        struct="conv_bucket_t",
        fields=(
            Field("", members=conv_fields(site, op)),
            Field("rows of a segment", (cut.rows,)),
            Field("rows of a part", (cut.part_rows,)),
            Field("segments", (cut.segments,)),
            Field("words of codes for a row of the window", (cut.words,)),
            Field("items of the lists", (cut.list_items,)),
            Field("top digit", (cut.top,)),
            Field("classes of border", (cut.borders.classes,)),
        ),
        tables=_tables(site, op, cut),
        work=_work(site, op, cut),
        code_bytes=CODE_BYTES,
        products=count_products(op, site.source.shape),
        scratch=_scratch(site, op, cut),
        leads=(None,),
    )


def _tables(site: Site, op: BinaryConv, cut: _Cut) -> tuple[Table | None, ...]:
    """Codes, sizes, starts, complement and classes."""
    filters, height, width, channels = op.weights.shape
    shape = f"{filters} filters, four in a group, x {height} x {width} x {channels} channels"
    if site.sizes.has_lists:
        stride = cut.part_rows + height - 1
        taps = list_taps(cut.codes, stride, site.sizes.item_bytes("word"))
    else:
        taps = code_words(pad_codes(cut.codes))
    _, complement = comparison_tables(site, op)
    starts = _starts(site, op, cut).ravel()
    return (
        Table("weights", "u32", taps.ravel(), shape),
        Table("sizes", "u8", cut.fours.ravel(), f"{len(cut.fours)} groups x {CODES} codes"),
        Table("starts", "threshold", starts, f"{filters} x {cut.borders.classes} classes"),
        complement,
        *cut.borders.tables(),
    )


def _starts(site: Site, op: BinaryConv, cut: _Cut) -> Int32Array:
    """What the sums of the buckets are added to: filters x classes.

    In the lanes a tap in the padding counts as -1 where `pad` is what it should, so a lane's sum is
    the accumulator minus pad + 1 times the sum s of the weights there, and with m of n products
    matching it is 2 m - n. The channel fires where 2 m - n + (pad + 1) s >= threshold, that is from
    m = ceil((threshold + n - (pad + 1) s) / 2) on.
    """
    thresholds = clipped_thresholds(op, site.source).astype(np.int64)
    products = op.weights[0].size
    of_each_class = []
    for outside in cut.borders.outside_sums(op.weights):
        matches = -(-(thresholds + products - (op.pad + 1) * outside) // 2)
        of_each_class.append((1 << cut.top) - np.clip(matches, 0, products + 1))
    starts = (
        np.stack(of_each_class, axis=1)
        + _matches_beyond_sums(count_codes(cut.codes))[: len(op.weights)]
    )
    modulo: Int32Array = (starts % (2 << cut.top)).astype(np.int32)
    return modulo


def _matches_beyond_sums(counts: IntArray) -> IntArray:
    """How many matches a filter has more than the signed sum of its buckets' numbers: filters x 1.

    With n taps at which the first filter has -1, and t taps in all, a bucket's number is its
    matches with the first filter minus n + 1. Another filter whose weights are opposite there
    matches the other taps: t minus these matches.
    """
    negative, total = counts[:, 0::2], counts[:, 0::2] + counts[:, 1::2]
    opposite = np.arange(BUCKETS) >> np.arange(FILTERS)[:, None]
    opposite = np.concatenate([np.zeros((1, BUCKETS), bool), opposite[:-1] & 1 > 0])
    beyond = np.where(opposite, (total - negative - 1)[:, None], (negative + 1)[:, None])
    filters: IntArray = beyond.sum(axis=2).reshape(-1, 1)
    return filters


def _scratch(site: Site, op: BinaryConv, cut: _Cut) -> Scratch:
    """The pieces of `cbcnn_bucket_memory_t`."""
    sizes = site.sizes
    bundles = cut.rows // sizes.lane_words
    pooled = -(-site.output.shape.height // sizes.lane_words) * sizes.word_bits
    lanes = sizes.word_bits + _NUMBERS * _DIGITS + pooled + bundles * _CLASSES
    words = sizes.lane_words * lanes
    words += cut.planes * (cut.part_rows + op.window.height - 1) + FILTERS * cut.rows
    words += bundles * _integer_words(_CLASSES + 2, sizes.word_bits)
    if not sizes.has_lists:
        words += _integer_words(cut.list_items, sizes.word_bits)
    return Scratch("word", words)


def _integer_words(count: int, word_bits: int) -> int:
    """Words that so many integers of 32 bits take."""
    return -(-32 * count // word_bits)


def _work(site: Site, op: BinaryConv, cut: _Cut) -> Work:
    """Taps of each group in each bundle of words, and what is done once for each of them."""
    output, bundles = site.output.shape, cut.rows // site.sizes.lane_words
    parts = cut.rows // cut.part_rows
    return {
        "bucket_taps": 4 * bundles * int(cut.fours.sum()),
        "bucket_sums": bundles * len(cut.fours) * (cut.top + 1),
        "bucket_codes": 0 if site.sizes.has_lists else parts * pad_codes(cut.codes).size,
        "bucket_planes": parts * cut.planes * (cut.part_rows + op.window.height - 1),
        "bucket_outputs": parts * len(op.weights) * output.height,
    }
