"""Convolutions of signs whose sums become integers of 16 bits: what their kernels share."""

from __future__ import annotations

from cbcnn_codegen.kernels.conv_b1 import conv_b1_work
from cbcnn_codegen.kernels.geometry import conv_fields, count_products
from cbcnn_codegen.kernels.narrow import rescaling_field, rescaling_table
from cbcnn_codegen.kernels.offer import Field, Offer, Scratch
from cbcnn_codegen.kernels.packing import word_weights
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.rescaled_conv import RescaledConv


def offer_rescaled_conv(site: Site, op: RescaledConv, kernel: str, code_bytes: int) -> Offer:
    """One pixel's sums lie in front of the patch in scratch."""
    conv, output, sizes = op.product, site.output.shape, site.sizes
    signs = site.sources[0].shape
    bends = int(op.rescaling.negative is not None)
    patch = conv.window.height * conv.window.width * sizes.words(signs.channels)
    sums = -(-output.channels * sizes.item_bytes("int32") // sizes.item_bytes("word"))
    return Offer(
        kernel=kernel,
        struct=f"{kernel}_t",
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
        code_bytes=code_bytes,
        products=count_products(conv, signs),
        scratch=Scratch("word", patch + sums, sizes.item_bytes("int32")),
        leads=(None,),
    )
