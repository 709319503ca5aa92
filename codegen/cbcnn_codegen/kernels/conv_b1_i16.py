"""Convolution and max pooling of signs, word-parallel; the sums become integers of 16 bits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.rescaled_conv import offer_rescaled_conv
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.rescaled_conv import RescaledConv

CODE_BYTES: Final = 1614


def offers(site: Site) -> Iterator[Offer]:
    """Takes those that read signs alone."""
    match site:
        case Site(op=RescaledConv(add=None) as op, reads=("pixel_words",), writes="int16"):
            yield offer_rescaled_conv(site, op, "conv_b1_i16", CODE_BYTES)
