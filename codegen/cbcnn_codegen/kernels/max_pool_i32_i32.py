"""Max pooling of integers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.integers import offer_pool
from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.max_pool import MaxPool

CODE_BYTES: Final = 170


def offers(site: Site) -> Iterator[Offer]:
    """Takes all windows."""
    match site:
        case Site(op=MaxPool(window=window), reads=("int32",), writes="int32"):
            yield offer_pool(site, window, "max_pool_i32_i32", CODE_BYTES, "maxima_pooled")
