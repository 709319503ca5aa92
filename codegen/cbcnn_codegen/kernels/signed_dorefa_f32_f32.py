"""Floats become steps from -1 to 1."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.reals import offer_elements, value_table
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.signed_dorefa import SignedDorefa

CODE_BYTES: Final = 112


def offers(site: Site) -> Iterator[Offer]:
    """Takes any number of steps."""
    match site:
        case Site(op=SignedDorefa(levels=levels), reads=("reals",)):
            table = value_table("levels", levels)
            yield offer_elements(site, "signed_dorefa_f32_f32", "bend_f32_t", CODE_BYTES, table)
