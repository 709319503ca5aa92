"""Convolutions and dense layers with weights of 8 bits, from i8 to i8."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.quantized_conv import offer_quantized_conv
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.quantized_conv import QuantizedConv

CODE_BYTES: Final = 1122


def offers(site: Site) -> Iterator[Offer]:
    """Takes all of them."""
    match site:
        case Site(op=QuantizedConv() as op, reads=("int8",), writes="int8"):
            yield offer_quantized_conv(site, op, "conv_i8_i8", CODE_BYTES)
