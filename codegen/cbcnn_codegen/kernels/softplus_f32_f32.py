"""A smooth ReLU of floats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.reals import offer_elements
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.softplus import Softplus

CODE_BYTES: Final = 612


def offers(site: Site) -> Iterator[Offer]:
    """Takes all of them."""
    match site:
        case Site(op=Softplus(), reads=("reals",)):
            yield offer_elements(site, "softplus_f32_f32", "elements_t", CODE_BYTES)
