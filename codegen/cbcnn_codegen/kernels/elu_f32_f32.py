"""Floats that run into an exponential function below zero."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.reals import offer_elements, value_table
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.elu import Elu

CODE_BYTES: Final = 372


def offers(site: Site) -> Iterator[Offer]:
    """Takes all of them."""
    match site:
        case Site(op=Elu(above=above, below=below), reads=("reals",)):
            table = value_table("slopes", above, below)
            yield offer_elements(site, "elu_f32_f32", "bend_f32_t", CODE_BYTES, table)
