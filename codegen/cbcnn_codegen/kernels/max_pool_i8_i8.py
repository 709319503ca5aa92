"""Max pooling of 8-bit integers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.narrow import offer_pool_narrow
from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.max_pool import MaxPool

CODE_BYTES: Final = 160


def offers(site: Site) -> Iterator[Offer]:
    """Takes all windows."""
    match site:
        case Site(op=MaxPool(window=window), reads=("int8",)):
            yield offer_pool_narrow(site, window, 0, "max_pool_i8_i8", CODE_BYTES)
