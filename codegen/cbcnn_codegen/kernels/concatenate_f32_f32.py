"""Two maps of floats behind each other, channel after channel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.reals import offer_join
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.concatenate import Concatenate

CODE_BYTES: Final = 66


def offers(site: Site) -> Iterator[Offer]:
    """Takes two maps of one size."""
    match site:
        case Site(op=Concatenate(), reads=("reals", "reals")):
            each = "real_concatenate_pixels"
            yield offer_join(site, "concatenate_f32_f32", CODE_BYTES, (None, None), each)
