"""Convolutions and dense layers of floats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.real_conv import offer_conv, offer_dense
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.real_conv import RealConv
from cbcnn_codegen.ops.real_dense import RealDense

CODE_BYTES: Final = 744


def offers(site: Site) -> Iterator[Offer]:
    """Takes all of them; a dense layer is a convolution of a map of one pixel."""
    match site:
        case Site(op=RealConv() as op, reads=("reals",), writes="reals"):
            yield offer_conv(site, op, "conv_f32_f32", CODE_BYTES)
        case Site(op=RealDense() as op, reads=("reals",), writes="reals"):
            yield offer_dense(site, op, "conv_f32_f32", CODE_BYTES)
