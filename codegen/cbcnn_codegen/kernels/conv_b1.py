"""Word-parallel convolutions of signs: what the kernels with a `cbcnn_conv_b1_t` share."""

from __future__ import annotations

from typing import Final

from cbcnn_codegen.kernels.comparison import comparison_tables
from cbcnn_codegen.kernels.geometry import conv_fields, count_pixels, count_products, pool_area
from cbcnn_codegen.kernels.offer import Field, Offer, Scratch, Work
from cbcnn_codegen.kernels.overlap import lead_of_pixels
from cbcnn_codegen.kernels.packing import word_weights
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.binary_conv import BinaryConv

_FIRED: Final = 0.5
"""Share of the pooled values that fire: what a batch norm behind the pooling leads to."""


def offer_conv_b1(site: Site, op: BinaryConv, kernel: str, code_bytes: int) -> Offer:
    """Gathers the pixels under one window after the other, and compares them with the filters."""
    window, words = op.window, site.sizes.words(site.source.shape.channels)
    return Offer(
        kernel=kernel,
        struct="conv_b1_t",
        fields=(Field("", members=conv_fields(site, op)), Field("pad", (op.pad,))),
        tables=(word_weights(op.weights, site.sizes.word_bits), *comparison_tables(site, op)),
        work=conv_b1_work(site, op),
        code_bytes=code_bytes,
        products=count_products(op, site.source.shape),
        scratch=Scratch("word", window.height * window.width * words),
        leads=(lead_of_pixels(site, window, op.pool),),
    )


def conv_b1_work(site: Site, op: BinaryConv) -> Work:
    """Filters over patches, each as many words as lie inside the map.

    Kernels that keep the largest sum of every filter have pieces of their own.
    """
    source, channels = site.sources[0].shape, site.output.shape.channels
    pixels = count_pixels(op, source)
    computed = pixels * channels * computed_share(op)
    inside = count_products(op, source) / (pixels * channels * source.channels)
    words = inside * site.sizes.words(source.channels)
    runs = 0 if op.window.padding == (0, 0, 0, 0) else computed * op.window.height
    if op.thresholds is None:
        return {
            "raised_words": computed * words,
            "raised_filters": computed,
            "raised_runs": runs,
            "raised_patches": pixels,
            "raised_rows": pixels * op.window.height,
        }
    return {
        "conv_words": computed * words,
        "conv_filters": computed,
        "conv_runs": runs,
        "patch_words": pixels * words,
        "patches": pixels,
    }


def computed_share(op: BinaryConv) -> float:
    """Share of the sums that are computed when a channel that has fired is left out.

    Of n positions under a window each fires with p = 1 - (1 - fired)^(1/n); the k-th is reached
    with (1 - p)^k, and the sum of these over n is fired / (n p).
    """
    area = pool_area(op)
    if op.thresholds is None or area == 1:
        return 1.0
    return float(_FIRED / (area * (1 - (1 - _FIRED) ** (1 / area))))
