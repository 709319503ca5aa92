"""Convolution and max pooling of the image; the sums lie in 16 bits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.conv_plane import offer_conv_plane
from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.binary_conv import BinaryConv

CODE_BYTES: Final = 582


def offers(site: Site) -> Iterator[Offer]:
    """Takes every convolution of the image that leaves accumulators."""
    match site:
        case Site(op=BinaryConv() as op, reads=("plane",), writes="int16"):
            yield offer_conv_plane(site, op, "sums_plane_i16", CODE_BYTES)
