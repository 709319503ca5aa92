"""Dense layer and comparison on the image."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.dense_plane import CHUNK_SUMS, offer_dense_plane
from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.overlap import lead_of_words
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.binary_dense import BinaryDense

CODE_BYTES: Final = 464


def offers(site: Site) -> Iterator[Offer]:
    """Takes every dense layer on the image that makes signs; a word of them is summed at a time."""
    match site:
        case Site(op=BinaryDense() as op, reads=("plane",), writes="pixel_words"):
            items = CHUNK_SUMS + site.sizes.word_bits
            lead = lead_of_words(site)
            yield offer_dense_plane(site, op, "dense_plane_b1", CODE_BYTES, items, lead)
