"""Floats become -1, 0 and 1."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.reals import offer_elements, value_table
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.ternary import Ternary

CODE_BYTES: Final = 84


def offers(site: Site) -> Iterator[Offer]:
    """Takes all of them."""
    match site:
        case Site(op=Ternary(threshold=threshold), reads=("reals",)):
            table = value_table("threshold", threshold)
            yield offer_elements(site, "ternary_f32_f32", "bend_f32_t", CODE_BYTES, table)
