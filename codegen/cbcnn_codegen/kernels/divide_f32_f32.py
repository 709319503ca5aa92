"""Floats divided by one number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.reals import offer_elements, value_table
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.divide import Divide

CODE_BYTES: Final = 38


def offers(site: Site) -> Iterator[Offer]:
    """Takes all of them."""
    match site:
        case Site(op=Divide(divisor=divisor), reads=("reals",)):
            table = value_table("divisor", divisor)
            yield offer_elements(site, "divide_f32_f32", "bend_f32_t", CODE_BYTES, table)
