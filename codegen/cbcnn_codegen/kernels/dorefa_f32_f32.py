"""DoReFa's activations of floats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.reals import offer_elements, value_table
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.dorefa import Dorefa

CODE_BYTES: Final = 116


def offers(site: Site) -> Iterator[Offer]:
    """Takes any number of steps."""
    match site:
        case Site(op=Dorefa(levels=levels), reads=("reals",)):
            table = value_table("levels", levels)
            yield offer_elements(site, "dorefa_f32_f32", "bend_f32_t", CODE_BYTES, table)
