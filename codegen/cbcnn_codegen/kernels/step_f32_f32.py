"""The step at zero, of floats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.reals import offer_elements
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.heaviside import Heaviside

CODE_BYTES: Final = 56


def offers(site: Site) -> Iterator[Offer]:
    """Takes all maps."""
    match site:
        case Site(op=Heaviside(), reads=("reals",)):
            yield offer_elements(site, "step_f32_f32", "elements_t", CODE_BYTES)
