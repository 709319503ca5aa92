"""The hyperbolic tangent of floats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.reals import offer_elements
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.tanh import Tanh

CODE_BYTES: Final = 560


def offers(site: Site) -> Iterator[Offer]:
    """Takes all of them."""
    match site:
        case Site(op=Tanh(), reads=("reals",)):
            yield offer_elements(site, "tanh_f32_f32", "elements_t", CODE_BYTES)
