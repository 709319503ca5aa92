"""Integers on another scale, from i32 to i16."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.narrow import offer_rescale
from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.requantize import Requantize

CODE_BYTES: Final = 148


def offers(site: Site) -> Iterator[Offer]:
    """Takes all of them."""
    match site:
        case Site(op=Requantize() as op, reads=("int32",), writes="int16"):
            yield offer_rescale(site, op, "rescale_i32_i16", CODE_BYTES)
