"""Depthwise convolutions with weights of 8 bits, from i8 to i8."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.quantized_conv import is_depthwise, offer_quantized_depthwise
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.quantized_conv import QuantizedConv

CODE_BYTES: Final = 314


def offers(site: Site) -> Iterator[Offer]:
    """Takes those whose taps are neighbours."""
    match site:
        case Site(op=QuantizedConv() as op, reads=("int8",), writes="int8") if is_depthwise(op):
            yield offer_quantized_depthwise(site, op, "depthwise_i8_i8", CODE_BYTES)
