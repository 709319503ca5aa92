"""Sums of signs over windows, in 16 bits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.integers import offer_pool
from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.sum_pool import SumPool

CODE_BYTES: Final = 262


def offers(site: Site) -> Iterator[Offer]:
    """Takes all windows."""
    match site:
        case Site(op=SumPool(window=window), reads=("pixel_words",), writes="int16"):
            yield offer_pool(site, window, "sum_pool_b1_i16", CODE_BYTES, "signs_pooled")
