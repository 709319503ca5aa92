"""Convolution, max pooling and comparison of signs, word-parallel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.conv_b1 import offer_conv_b1
from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.binary_conv import BinaryConv

CODE_BYTES: Final = 1346


def offers(site: Site) -> Iterator[Offer]:
    """Takes every convolution of signs that makes signs."""
    match site:
        case Site(op=BinaryConv() as op, reads=("pixel_words",), writes="pixel_words"):
            yield offer_conv_b1(site, op, "conv_b1_b1", CODE_BYTES)
