"""Two maps of 16-bit integers, channel after channel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.narrow import offer_join_narrow
from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.concatenate import Concatenate
from cbcnn_codegen.ops.quantized_concatenate import QuantizedConcatenate

CODE_BYTES: Final = 126


def offers(site: Site) -> Iterator[Offer]:
    """Takes two maps of as many pixels."""
    match site:
        case Site(op=QuantizedConcatenate() as op, reads=("int16", "int16")):
            yield offer_join_narrow(
                site, "concatenate_i16_i16", CODE_BYTES, op.right, 0, (None, None)
            )
        case Site(op=Concatenate(), reads=("int16", "int16")):
            yield offer_join_narrow(
                site, "concatenate_i16_i16", CODE_BYTES, (0, 0), 0, (None, None)
            )
