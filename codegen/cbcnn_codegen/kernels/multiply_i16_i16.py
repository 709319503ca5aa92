"""The product of two maps of 16-bit integers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.narrow import offer_join_narrow
from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.multiply import Multiply
from cbcnn_codegen.ops.quantized_multiply import QuantizedMultiply

CODE_BYTES: Final = 112


def offers(site: Site) -> Iterator[Offer]:
    """Takes two maps of one shape, or one of a single pixel."""
    match site:
        case Site(op=QuantizedMultiply() as op, reads=("int16", "int16")):
            yield offer_join_narrow(
                site,
                "multiply_i16_i16",
                CODE_BYTES,
                (0, 0),
                op.right,
                (0, 0 if site.sources[1].shape == site.output.shape else None),
            )
        case Site(op=Multiply(), reads=("int16", "int16")):
            yield offer_join_narrow(site, "multiply_i16_i16", CODE_BYTES, (0, 0), 0, (0, 0))
