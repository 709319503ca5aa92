"""The bit-sliced convolution of signs: a word of pixels at a time; see `conv_sliced.h`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from cbcnn_codegen.ir import Int32Array
from cbcnn_codegen.kernels.borders import Borders, find_borders
from cbcnn_codegen.kernels.comparison import clipped_thresholds, comparison_tables
from cbcnn_codegen.kernels.conv_b1 import conv_b1_work
from cbcnn_codegen.kernels.geometry import conv_fields, count_pixels, count_products
from cbcnn_codegen.kernels.offer import Field, Offer, Scratch, Table, Work
from cbcnn_codegen.kernels.packing import pack_weights
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.binary_conv import BinaryConv

CODE_BYTES: Final = 3326

_LARGEST_PARTS: Final = (None, 9, 3)
"""Most words of a part that are offered; None is the whole filter."""

_BLOCK_WORDS: Final = 3
"""Words of a filter that are counted together: as many triples of weights as a word has bits."""

_MATCHES_LANES: Final = 2 * 8
"""Planes of a match table: two for each pattern of three weights."""

_DIGITS: Final = 24
"""Most planes of a count."""


@dataclass(frozen=True)
class _Slicing:
    """How a convolution is cut: words of lanes, and parts of the filters.

    Attributes:
        filter_words: of one filter, a multiple of three.
        part_words: that have match tables at the same time.
        rounds: how many times all lanes are computed.
        rest: pixels of the convolution that are left and computed one by one.
        top: the digit that says whether a channel fires.
        borders: classes of border.
    """

    filter_words: int
    part_words: int
    rounds: int
    rest: int
    top: int
    borders: Borders

    @property
    def parts(self) -> int:
        """Number of parts of a filter."""
        return -(-self.filter_words // self.part_words)


def offers(site: Site) -> Iterator[Offer]:
    """Takes a convolution that fills a word of lanes and whose numbers have a place."""
    match site:
        case Site(op=BinaryConv() as op, reads=("pixel_words",), writes="pixel_words"):
            for largest_part in _LARGEST_PARTS if site.sizes.has_lanes else ():
                cut = _slice(site, op, largest_part)
                if _is_possible(site, cut):
                    yield _offer(site, op, cut)


def _slice(site: Site, op: BinaryConv, largest_part: int | None) -> _Slicing:
    bits = site.sizes.word_bits
    words = op.window.height * op.window.width * site.source.pixel_items(site.sizes)
    filter_words = -(-words // _BLOCK_WORDS) * _BLOCK_WORDS
    lanes = bits * site.sizes.lane_words
    rounds, rest = divmod(count_pixels(op, site.source.shape), lanes)
    if rest > bits // 2:
        rounds, rest = rounds + 1, 0
    return _Slicing(
        filter_words=filter_words,
        part_words=min(filter_words, largest_part or filter_words),
        rounds=rounds,
        rest=rest,
        top=(filter_words * bits).bit_length(),
        borders=_find_borders(site, op),
    )


def _is_possible(site: Site, cut: _Slicing) -> bool:
    return (
        cut.rounds > 0
        and cut.top < min(site.sizes.threshold_bits - 1, _DIGITS)
        and cut.borders.classes <= site.sizes.word_bits
    )


def _offer(site: Site, op: BinaryConv, cut: _Slicing) -> Offer:
    return Offer(
        kernel="conv_sliced_b1_b1",
        struct="conv_sliced_t",
        fields=(
            Field("", members=conv_fields(site, op)),
            Field("pad", (op.pad,)),
            Field("words of a filter", (cut.filter_words,)),
            Field("words of a part", (cut.part_words,)),
            Field("rounds", (cut.rounds,)),
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


def _work(site: Site, op: BinaryConv, cut: _Slicing) -> Work:
    """Blocks of the filters in rounds of lanes, and single patches for the rest."""
    channels = site.output.shape.channels
    rest = cut.rest / count_pixels(op, site.source.shape)
    return {
        "sliced_blocks": cut.rounds * channels * cut.filter_words / _BLOCK_WORDS,
        "sliced_filters": cut.rounds * channels * cut.parts,
        "sliced_starts": cut.rounds * channels,
        "sliced_words": cut.rounds * cut.filter_words * site.sizes.lane_words,
        **{piece: rest * count for piece, count in conv_b1_work(site, op).items() if rest},
    }


def _scratch(site: Site, op: BinaryConv, cut: _Slicing) -> Scratch:
    """`cbcnn_slice_t`, match tables and waiting counts, or for one patch where that is more."""
    bits, lane_words = site.sizes.word_bits, site.sizes.lane_words
    lanes = (_BLOCK_WORDS + 2) * bits + _DIGITS
    lanes += cut.part_words // _BLOCK_WORDS * bits * _MATCHES_LANES
    if cut.parts > 1:
        lanes += len(op.weights) * (cut.top + 1)
    items = lane_words * lanes + (1 + 4 * lane_words) * bits
    return Scratch("word", max(items, cut.filter_words))


def _tables(site: Site, op: BinaryConv, cut: _Slicing) -> tuple[Table | None, ...]:
    """Weights, thresholds for the pixels that no lane takes, complement, starts and classes."""
    weights = pack_weights(op.weights, site.sizes.word_bits).reshape(len(op.weights), -1)
    padded = np.pad(weights, ((0, 0), (0, cut.filter_words - weights.shape[1])))
    filters, *window, channels = op.weights.shape
    shape = f"{filters} x {' x '.join(map(str, window))} x {channels} channels"
    thresholds, complement = comparison_tables(site, op)
    starts = _starts(site, op, cut).ravel()
    return (
        Table("weights", "word", padded.ravel(), shape),
        thresholds if cut.rest else None,
        complement,
        Table("starts", "threshold", starts, f"{filters} x {cut.borders.classes} classes"),
        *cut.borders.tables(),
    )


def _find_borders(site: Site, op: BinaryConv) -> Borders:
    """One class where padding is a sign like any other, for which pixels are gathered."""
    return find_borders(op, site.source.shape, same_pad=op.pad or -1)


def _starts(site: Site, op: BinaryConv, cut: _Slicing) -> Int32Array:
    """What counting starts from: filters x classes.

    In the lanes a tap in zero padding counts as -1, so a lane's sum is the accumulator minus the
    sum s of the weights there, and with m of n products matching it is 2 m - n. The channel fires
    where 2 m - n + s >= threshold, that is from m = ceil((threshold + n - s) / 2) on. Bits that
    belong to no product are 0 on both sides: matches that come on top.
    """
    thresholds = clipped_thresholds(op, site.source).astype(np.int64)
    products = op.weights[0].size
    bits = cut.filter_words * site.sizes.word_bits
    of_each_class = []
    for off_by in cut.borders.outside_sums(op.weights):
        matches = -(-(thresholds + products - off_by) // 2) + bits - products
        of_each_class.append((1 << cut.top) - np.clip(matches, 0, bits + 1))
    starts: Int32Array = np.stack(of_each_class, axis=1).astype(np.int32)
    return starts
