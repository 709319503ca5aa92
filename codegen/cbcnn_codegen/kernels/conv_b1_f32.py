"""Convolution, max pooling and what follows them on floats, word-parallel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.ir import Window
from cbcnn_codegen.kernels.conv_b1 import conv_b1_work
from cbcnn_codegen.kernels.epilogue import make_epilogue
from cbcnn_codegen.kernels.geometry import conv_fields, count_products
from cbcnn_codegen.kernels.offer import Field, Offer, Scratch
from cbcnn_codegen.kernels.overlap import lead_of_pixels
from cbcnn_codegen.kernels.packing import word_weights
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.binary_conv import BinaryConv
from cbcnn_codegen.ops.binary_dense import BinaryDense
from cbcnn_codegen.ops.real_block import RealBlock

CODE_BYTES: Final = 2100


def offers(site: Site) -> Iterator[Offer]:
    """Takes every product of signs; a dense layer is a convolution by a window of the whole map."""
    match site:
        case Site(op=RealBlock(product=BinaryConv() as conv) as op, reads=("pixel_words", *_)):
            yield _offer(site, op, conv)
        case Site(op=RealBlock(product=BinaryDense() as dense) as op, reads=("pixel_words", *_)):
            window = Window(*site.sources[0].shape[:2], 1, 1)
            conv = BinaryConv(dense.name, dense.weights, window, 0, None, None, None)
            yield _offer(site, op, conv)


def _offer(site: Site, op: RealBlock, conv: BinaryConv) -> Offer:
    output, sizes = site.output.shape, site.sizes
    epilogue = make_epilogue(op.steps, output.height * output.width, output.channels)
    patch = conv.window.height * conv.window.width * sizes.words(site.sources[0].shape.channels)
    sums = -(-output.channels * sizes.item_bytes("int32") // sizes.item_bytes("word"))
    return Offer(
        kernel="conv_b1_f32",
        struct="conv_b1_f32_t",
        fields=(Field("", members=conv_fields(site, conv)), Field("pad", (conv.pad,))),
        tables=(word_weights(conv.weights, sizes.word_bits), epilogue.steps, epilogue.values),
        work={
            **conv_b1_work(site, conv),
            "real_sums": output.size,
            **epilogue.work,
        },
        code_bytes=CODE_BYTES,
        products=count_products(conv, site.sources[0].shape),
        scratch=Scratch("word", patch + sums, sizes.item_bytes("int32")),
        leads=(lead_of_pixels(site, conv.window, conv.pool), 0)[: len(site.sources)],
        joins=True,
    )
