"""The exponential function of floats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.reals import offer_elements
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.exponential import Exponential

CODE_BYTES: Final = 324


def offers(site: Site) -> Iterator[Offer]:
    """Takes all of them."""
    match site:
        case Site(op=Exponential(), reads=("reals",)):
            yield offer_elements(site, "exponential_f32_f32", "elements_t", CODE_BYTES)
