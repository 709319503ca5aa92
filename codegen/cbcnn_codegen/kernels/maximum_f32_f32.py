"""The larger numbers of two maps of floats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.reals import offer_join
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.maximum import Maximum

CODE_BYTES: Final = 46


def offers(site: Site) -> Iterator[Offer]:
    """Takes two maps of one shape."""
    match site:
        case Site(op=Maximum(), reads=("reals", "reals")):
            yield offer_join(site, "maximum_f32_f32", CODE_BYTES, (0, 0))
