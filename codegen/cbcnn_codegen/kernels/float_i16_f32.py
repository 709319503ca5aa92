"""Accumulators of 16 bits as floats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.reals import offer_to_float
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.to_float import ToFloat

CODE_BYTES: Final = 46


def offers(site: Site) -> Iterator[Offer]:
    """Takes all of them."""
    match site:
        case Site(op=ToFloat() as op, reads=("int16",), writes="reals"):
            yield offer_to_float(site, op, "float_i16_f32", CODE_BYTES, (None,))
