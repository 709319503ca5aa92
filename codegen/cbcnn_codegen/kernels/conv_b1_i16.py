"""Convolution and max pooling of signs, word-parallel; the sums become integers of 16 bits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.conv_b1 import conv_b1_work
from cbcnn_codegen.kernels.geometry import conv_fields, count_products
from cbcnn_codegen.kernels.narrow import rescaling_field, rescaling_table
from cbcnn_codegen.kernels.offer import Field, Offer, Scratch
from cbcnn_codegen.kernels.packing import word_weights
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.rescaled_conv import RescaledConv

CODE_BYTES: Final = 1614


def offers(site: Site) -> Iterator[Offer]:
    """Takes all of them."""
    match site:
        case Site(op=RescaledConv() as op, reads=("pixel_words",), writes="int16"):
            yield _offer(site, op)


def _offer(site: Site, op: RescaledConv) -> Offer:
    """The patch lies in front of one pixel's sums in scratch."""
    conv, output, sizes = op.product, site.output.shape, site.sizes
    bends = int(op.rescaling.negative is not None)
    patch = conv.window.height * conv.window.width * sizes.words(site.source.shape.channels)
    sums = -(-output.channels * sizes.item_bytes("int32") // sizes.item_bytes("word"))
    return Offer(
        kernel="conv_b1_i16",
        struct="conv_b1_i16_t",
        fields=(
            Field("", members=conv_fields(site, conv)),
            Field("pad", (conv.pad,)),
            rescaling_field(op.rescaling),
        ),
        tables=(word_weights(conv.weights, sizes.word_bits), rescaling_table(op.rescaling)),
        work={
            **conv_b1_work(site, conv),
            "narrow_rescale_i32_i16": output.size,
            "narrow_rescale_i32_i16_bent": bends * output.size,
        },
        code_bytes=CODE_BYTES,
        products=count_products(conv, site.source.shape),
        scratch=Scratch("word", patch + sums, sizes.item_bytes("int32")),
        leads=(None,),
    )
