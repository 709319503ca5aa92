"""Average pooling of floats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.reals import offer_pool
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.average_pool import AveragePool

CODE_BYTES: Final = 432


def offers(site: Site) -> Iterator[Offer]:
    """Takes all windows and both orders."""
    match site:
        case Site(op=AveragePool(window=window, lanes=lanes), reads=("reals",)):
            yield offer_pool(site, window, lanes, "average_pool_f32_f32", CODE_BYTES)
