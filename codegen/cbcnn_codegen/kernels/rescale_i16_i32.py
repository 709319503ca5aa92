"""Integers on another scale, from i16 to i32."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.narrow import offer_rescale
from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.requantize import Requantize

CODE_BYTES: Final = 142


def offers(site: Site) -> Iterator[Offer]:
    """Takes all of them."""
    match site:
        case Site(op=Requantize() as op, reads=("int16",), writes="int32"):
            yield offer_rescale(site, op, "rescale_i16_i32", CODE_BYTES)
