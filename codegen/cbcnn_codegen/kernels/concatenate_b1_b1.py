"""Two maps of signs behind each other, channel after channel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.integers import offer_concatenate
from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.concatenate import Concatenate

CODE_BYTES: Final = 214


def offers(site: Site) -> Iterator[Offer]:
    """Takes two maps of one size."""
    match site:
        case Site(op=Concatenate(), reads=("pixel_words", "pixel_words")):
            yield offer_concatenate(
                site, "concatenate_b1_b1", CODE_BYTES, "shifted_words", "shifted_pixels"
            )
