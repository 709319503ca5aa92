"""Floats that bend towards -1 and 1."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.reals import offer_elements
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.softsign import Softsign

CODE_BYTES: Final = 68


def offers(site: Site) -> Iterator[Offer]:
    """Takes all of them."""
    match site:
        case Site(op=Softsign(), reads=("reals",)):
            yield offer_elements(site, "softsign_f32_f32", "elements_t", CODE_BYTES)
