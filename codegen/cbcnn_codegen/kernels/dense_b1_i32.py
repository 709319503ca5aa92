"""Dense layer on signs; the accumulators are the output."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.dense_b1 import offer_dense_b1
from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.binary_dense import BinaryDense

CODE_BYTES: Final = 624


def offers(site: Site) -> Iterator[Offer]:
    """Takes every dense layer on signs that leaves accumulators."""
    match site:
        case Site(op=BinaryDense() as op, reads=("pixel_words",), writes="int32"):
            yield offer_dense_b1(site, op, "dense_b1_i32", CODE_BYTES)
