"""What a kernel does for a layer, counted in pieces whose price a target knows; see `costs.py`.

The pieces follow the loops of the C: how often a body runs, with the names that it has there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from cbcnn_codegen.ir import BinaryConv, BinaryDense, PoolSigns
from cbcnn_codegen.plan.products import count_products, pooled_pixels
from cbcnn_codegen.plan.quad import quad_groups
from cbcnn_codegen.plan.sliced import BLOCK_WORDS, Slicing
from cbcnn_codegen.plan.steps import Layer

Work: TypeAlias = Mapping[str, float]
"""How many of each piece."""

_GROUP_TAPS: Final = 4
_FIRED: Final = 0.5
"""Share of the pooled values that fire: what a batch norm behind the pooling leads to."""


def conv_b1_work(layer: Layer) -> Work:
    """Word-parallel: filters over patches, each as many words as lie inside the map."""
    op, channels = _conv(layer), layer.output.shape.channels
    pixels = _count_pixels(layer)
    computed = pixels * channels * _computed_share(layer)
    inside = count_products(layer).binary / (pixels * channels * layer.source.shape.channels)
    words = inside * layer.format.words(layer.source.shape.channels)
    window = op.window
    return {
        "conv_words": computed * words,
        "conv_filters": computed,
        "conv_runs": 0 if window.padding == (0, 0, 0, 0) else computed * window.height,
        "patch_words": pixels * words,
        "patches": pixels,
    }


def sliced_work(slicing: Callable[[Layer], Slicing]) -> Callable[[Layer], Work]:
    """Bit-sliced: blocks of the filters in rounds of lanes, and single patches for the rest."""

    def work(layer: Layer) -> Work:
        cut, channels = slicing(layer), layer.output.shape.channels
        rest = cut.rest / _count_pixels(layer)
        return {
            "sliced_blocks": cut.rounds * channels * cut.filter_words / BLOCK_WORDS,
            "sliced_filters": cut.rounds * channels * cut.parts,
            "sliced_starts": cut.rounds * channels,
            "sliced_words": cut.rounds * cut.filter_words * layer.format.lane_words,
            **{piece: rest * count for piece, count in conv_b1_work(layer).items() if rest},
        }

    return work


def plane_work(layer: Layer) -> Work:
    """Sums of four taps, shared by the filters."""
    pixels, channels = _count_pixels(layer), layer.output.shape.channels
    groups = -(-_conv(layer).weights[0].size // _GROUP_TAPS)
    computed = pixels * channels * _computed_share(layer)
    return {
        "plane_groups": computed * groups,
        "plane_filters": computed,
        "plane_sums": pixels * groups,
    }


def quad_work(most_taps: int) -> Callable[[Layer], Work]:
    """Sums of groups of taps for four pixels at once."""

    def work(layer: Layer) -> Work:
        op, channels = _conv(layer), layer.output.shape.channels
        area = 1 if op.pool is None else op.pool.height * op.pool.width
        quads = _count_pixels(layer) / area * -(-area // 4)
        groups, taps = quad_groups(layer, most_taps)
        return {
            "quad_pairs": quads * channels * groups / 2,
            "quad_filters": quads * channels,
            "quad_sums": quads * groups * 2**taps,
            "quad_taps": quads * op.weights[0].size,
        }

    return work


def dense_b1_work(layer: Layer) -> Work:
    """Word-parallel."""
    units = layer.output.shape.size
    source = layer.source.shape
    words = source.height * source.width * layer.format.words(source.channels)
    return {"dense_words": units * words, "dense_units": units}


def dense_plane_work(layer: Layer) -> Work:
    """Sums of four inputs, shared by the units."""
    assert isinstance(layer.op, BinaryDense)
    units = layer.output.shape.size
    groups = -(-layer.source.shape.size // _GROUP_TAPS)
    return {"dense_groups": units * groups, "plane_sums": groups}


def binarize_work(layer: Layer) -> Work:
    """A comparison for each value."""
    return {"values": layer.source.shape.size}


def pool_work(layer: Layer) -> Work:
    """A word for each pixel under each window."""
    assert isinstance(layer.op, PoolSigns)
    shape, window = layer.output.shape, layer.op.window
    pixels = shape.height * shape.width
    words = layer.format.words(shape.channels)
    return {"pool_words": pixels * window.height * window.width * words, "pool_pixels": pixels}


def _computed_share(layer: Layer) -> float:
    """Share of the sums that are computed when a channel that has fired is left out.

    Of n positions under a window each fires with p = 1 - (1 - fired)^(1/n); the k-th is reached
    with (1 - p)^k, and the sum of these over n is fired / (n p).
    """
    op = _conv(layer)
    area = 1 if op.pool is None else op.pool.height * op.pool.width
    if op.thresholds is None or area == 1:
        return 1.0
    return float(_FIRED / (area * (1 - (1 - _FIRED) ** (1 / area))))


def _count_pixels(layer: Layer) -> int:
    rows, columns = pooled_pixels(_conv(layer), layer.source.shape)
    return len(rows) * len(columns)


def _conv(layer: Layer) -> BinaryConv:
    assert isinstance(layer.op, BinaryConv)
    return layer.op
