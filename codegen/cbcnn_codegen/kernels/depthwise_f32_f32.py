"""Depthwise convolutions of floats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.real_conv import offer_depthwise
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.real_conv import RealConv

CODE_BYTES: Final = 264


def offers(site: Site) -> Iterator[Offer]:
    """Takes those with one filter for each channel."""
    match site:
        case Site(op=RealConv() as op, reads=("reals",), writes="reals") if (
            op.groups == len(op.weights) == site.source.shape.channels
        ):
            yield offer_depthwise(site, op, "depthwise_f32_f32", CODE_BYTES)
