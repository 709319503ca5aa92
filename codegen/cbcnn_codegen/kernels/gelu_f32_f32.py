"""Floats times the probability that a normal number is smaller."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.reals import offer_elements
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.gelu import Gelu

CODE_BYTES: Final = 712


def offers(site: Site) -> Iterator[Offer]:
    """Takes all of them."""
    match site:
        case Site(op=Gelu(), reads=("reals",)):
            yield offer_elements(site, "gelu_f32_f32", "elements_t", CODE_BYTES)
