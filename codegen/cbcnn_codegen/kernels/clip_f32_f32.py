"""Floats between two limits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.reals import offer_elements, value_table
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.clip import Clip
from cbcnn_codegen.ops.relu import Relu

CODE_BYTES: Final = 66


def offers(site: Site) -> Iterator[Offer]:
    """Takes ReLU too, whose upper limit is the largest float."""
    limits: tuple[float, float]
    match site:
        case Site(op=Clip(low=low, high=high), reads=("reals",)):
            limits = low, high
        case Site(op=Relu(), reads=("reals",)):
            limits = 0.0, float(np.finfo(np.float32).max)
        case _:
            return
    table = value_table("limits", *limits)
    yield offer_elements(site, "clip_f32_f32", "bend_f32_t", CODE_BYTES, table)
