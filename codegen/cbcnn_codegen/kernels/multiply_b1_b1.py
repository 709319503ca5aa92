"""The product of two maps of signs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from cbcnn_codegen.kernels.integers import offer_values
from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.multiply import Multiply

CODE_BYTES: Final = 104


def offers(site: Site) -> Iterator[Offer]:
    """Takes two maps of one shape."""
    match site:
        case Site(op=Multiply(), reads=("pixel_words", "pixel_words"), writes="pixel_words"):
            offer = offer_values(site, "multiply_b1_b1", CODE_BYTES, "join_words", 0)
            shape = site.output.shape
            pixels = shape.height * shape.width
            yield replace(offer, work={**offer.work, "join_word_pixels": pixels})
