"""Dense layer and comparison of signs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.dense_b1 import offer_dense_b1
from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.binary_dense import BinaryDense

CODE_BYTES: Final = 716


def offers(site: Site) -> Iterator[Offer]:
    """Takes every dense layer on signs that makes signs."""
    match site:
        case Site(op=BinaryDense() as op, reads=("pixel_words",), writes="pixel_words"):
            yield offer_dense_b1(site, op, "dense_b1_b1", CODE_BYTES)
