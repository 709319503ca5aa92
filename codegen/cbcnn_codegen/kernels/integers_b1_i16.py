"""Signs as integers of 16 bits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.integers import offer_values
from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.to_integers import ToIntegers

CODE_BYTES: Final = 68


def offers(site: Site) -> Iterator[Offer]:
    """Takes all of them."""
    match site:
        case Site(op=ToIntegers(), reads=("pixel_words",), writes="int16"):
            yield offer_values(site, "integers_b1_i16", CODE_BYTES, "widened", None)
