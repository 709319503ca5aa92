"""The image as integers of 16 bits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from cbcnn_codegen.kernels.geometry import image_fields
from cbcnn_codegen.kernels.integers import offer_values
from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.reals import map_fields
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.to_integers import ToIntegers

CODE_BYTES: Final = 36


def offers(site: Site) -> Iterator[Offer]:
    """Takes all of them."""
    match site:
        case Site(op=ToIntegers(), reads=("plane",), writes="int16"):
            offer = offer_values(site, "integers_plane_i16", CODE_BYTES, "widened", None)
            fields = (map_fields(site), *image_fields(site))
            yield replace(offer, struct="integers_t", fields=fields)
