"""Convolution and max pooling of signs, word-parallel; the sums lie in 16 bits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.conv_b1 import offer_conv_b1
from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.binary_conv import BinaryConv

CODE_BYTES: Final = 1206


def offers(site: Site) -> Iterator[Offer]:
    """Takes every convolution of signs that leaves accumulators."""
    match site:
        case Site(op=BinaryConv() as op, reads=("pixel_words",), writes="int16"):
            yield offer_conv_b1(site, op, "sums_b1_i16", CODE_BYTES)
