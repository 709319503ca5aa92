"""Convolutions of the image: what the kernels with a `cbcnn_conv_plane_t` share."""

from __future__ import annotations

from typing import Final

from cbcnn_codegen.kernels.comparison import comparison_tables
from cbcnn_codegen.kernels.conv_b1 import computed_share
from cbcnn_codegen.kernels.geometry import (
    conv_fields,
    count_pixels,
    count_products,
    image_fields,
)
from cbcnn_codegen.kernels.offer import Field, Offer, Scratch, Work
from cbcnn_codegen.kernels.overlap import lead_of_pixels
from cbcnn_codegen.kernels.packing import GROUP_TAPS, pattern_weights
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.binary_conv import BinaryConv

_GROUP_SUMS: Final = 1 << GROUP_TAPS


def offer_conv_plane(site: Site, op: BinaryConv, kernel: str, code_bytes: int) -> Offer:
    """Makes all sums of each group of taps under one window, which the filters look up."""
    groups = -(-op.weights[0].size // GROUP_TAPS)
    return Offer(
        kernel=kernel,
        struct="conv_plane_t",
        fields=(
            Field("", members=conv_fields(site, op)),
            Field("pad", (op.pad,)),
            *image_fields(site),
        ),
        tables=(pattern_weights(op.weights), *comparison_tables(site, op)),
        work=_work(site, op, groups),
        code_bytes=code_bytes,
        products=count_products(op, site.source.shape),
        scratch=Scratch("int32", _GROUP_SUMS * groups),
        leads=(lead_of_pixels(site, op.window, op.pool),),
    )


def _work(site: Site, op: BinaryConv, groups: int) -> Work:
    """Sums of groups of taps, looked up by filters; reading the taps of a colour image is more."""
    source = site.source.shape
    pixels = count_pixels(op, source)
    computed = pixels * site.output.shape.channels * computed_share(op)
    colours = pixels * op.weights[0].size if source.channels > 1 else 0
    return {
        "plane_colours": colours,
        "plane_groups": computed * groups,
        "plane_filters": computed,
        "plane_sums": pixels * groups,
    }
