"""Two maps of integers behind each other, channel after channel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.integers import offer_concatenate
from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.concatenate import Concatenate

CODE_BYTES: Final = 66


def offers(site: Site) -> Iterator[Offer]:
    """Takes two maps of one size."""
    match site:
        case Site(op=Concatenate(), reads=("int32", "int32")):
            yield offer_concatenate(
                site, "concatenate_i32_i32", CODE_BYTES, "join_copies", "join_pixels"
            )
