"""Sums of 16-bit integers over windows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.integers import offer_pool
from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.sum_pool import SumPool

CODE_BYTES: Final = 166


def offers(site: Site) -> Iterator[Offer]:
    """Takes all windows."""
    match site:
        case Site(op=SumPool(window=window), reads=("int16",), writes="int32"):
            yield offer_pool(site, window, "sum_pool_i16_i32", CODE_BYTES, "sums_pooled")
