"""Floats with a slope below zero."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.reals import channel_table, offer_elements
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.leaky_relu import LeakyRelu
from cbcnn_codegen.ops.prelu import Prelu

CODE_BYTES: Final = 100


def offers(site: Site) -> Iterator[Offer]:
    """Takes one slope for all channels, or one for each."""
    match site:
        case Site(op=LeakyRelu(alpha=alpha), reads=("reals",)):
            slopes = np.full(site.source.shape.channels, alpha, np.float32)
        case Site(op=Prelu(slopes=slopes), reads=("reals",)):
            pass
        case _:
            return
    table = channel_table("slopes", slopes)
    yield offer_elements(site, "slope_f32_f32", "bend_f32_t", CODE_BYTES, table)
