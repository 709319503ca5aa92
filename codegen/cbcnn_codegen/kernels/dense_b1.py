"""Dense layers on signs: what the kernels with a `cbcnn_dense_b1_t` share."""

from __future__ import annotations

from cbcnn_codegen.kernels.comparison import comparison_tables
from cbcnn_codegen.kernels.offer import Field, Offer
from cbcnn_codegen.kernels.overlap import lead_of_words
from cbcnn_codegen.kernels.packing import word_weights
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.binary_dense import BinaryDense


def offer_dense_b1(site: Site, op: BinaryDense, kernel: str, code_bytes: int) -> Offer:
    """Compares the input with the weights of one unit after the other."""
    source, units = site.source, site.output.shape.size
    words = source.shape.height * source.shape.width * source.pixel_items(site.sizes)
    return Offer(
        kernel=kernel,
        struct="dense_b1_t",
        fields=(
            Field("words", (words,)),
            Field("inputs", (source.shape.size,)),
            Field("units", (units,)),
        ),
        tables=(word_weights(op.weights, site.sizes.word_bits), *comparison_tables(site, op)),
        work={"dense_words": units * words, "dense_units": units},
        code_bytes=code_bytes,
        products=op.weights.size,
        leads=(lead_of_words(site),),
    )
