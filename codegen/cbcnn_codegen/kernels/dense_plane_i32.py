"""Dense layer on the image; the accumulators are the output."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.dense_plane import CHUNK_SUMS, offer_dense_plane
from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.binary_dense import BinaryDense

CODE_BYTES: Final = 356


def offers(site: Site) -> Iterator[Offer]:
    """Takes every dense layer on the image that leaves accumulators."""
    match site:
        case Site(op=BinaryDense() as op, reads=("plane",), writes="int32"):
            yield offer_dense_plane(site, op, "dense_plane_i32", CODE_BYTES, CHUNK_SUMS)
