"""The product of two maps of floats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.reals import offer_join
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.multiply import Multiply

CODE_BYTES: Final = 36


def offers(site: Site) -> Iterator[Offer]:
    """Takes two maps of one shape."""
    match site:
        case Site(op=Multiply(), reads=("reals", "reals")):
            yield offer_join(site, "multiply_f32_f32", CODE_BYTES, (0, 0))
