"""Max pooling of floats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.reals import offer_pool
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.max_pool import MaxPool

CODE_BYTES: Final = 250


def offers(site: Site) -> Iterator[Offer]:
    """Takes all windows."""
    match site:
        case Site(op=MaxPool(window=window), reads=("reals",)):
            yield offer_pool(site, window, 1, "max_pool_f32_f32", CODE_BYTES)
