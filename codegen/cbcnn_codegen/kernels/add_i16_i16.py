"""The sum of two maps of 16-bit integers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from cbcnn_codegen.kernels.narrow import offer_join_narrow
from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.add import Add
from cbcnn_codegen.ops.quantized_add import QuantizedAdd

CODE_BYTES: Final = 92


def offers(site: Site) -> Iterator[Offer]:
    """Takes two maps of one shape."""
    match site:
        case Site(op=QuantizedAdd() as op, reads=("int16", "int16")):
            yield offer_join_narrow(site, "add_i16_i16", CODE_BYTES, op.left, op.right, (0, 0))
        case Site(op=Add(), reads=("int16", "int16")):
            offer = offer_join_narrow(site, "add_i16_i16", CODE_BYTES, (0, 0), 0, (0, 0))
            yield replace(offer, work={**offer.work, "join_sums_i16": site.output.shape.size})
