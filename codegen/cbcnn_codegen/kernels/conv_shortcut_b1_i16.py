"""Convolution and max pooling of signs, word-parallel, added to another map as 16-bit integers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from cbcnn_codegen.kernels.offer import Field, Offer
from cbcnn_codegen.kernels.rescaled_conv import offer_rescaled_conv
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.quantized_add import QuantizedAdd
from cbcnn_codegen.ops.rescaled_conv import RescaledConv

CODE_BYTES: Final = 1686


def offers(site: Site) -> Iterator[Offer]:
    """Takes those that add a map of integers of 16 bits."""
    match site:
        case Site(
            op=RescaledConv(add=QuantizedAdd() as add) as op,
            reads=("pixel_words", "int16"),
            writes="int16",
        ):
            offer = offer_rescaled_conv(site, op, "conv_shortcut_b1_i16", CODE_BYTES)
            yield replace(
                offer,
                fields=(*offer.fields, Field("shifts of both, right", (*add.left, add.right))),
                work={**offer.work, "narrow_add_i16_i16": site.output.shape.size},
                leads=(None, 0),
            )
