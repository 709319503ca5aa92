"""Normalisation of the channels of each pixel, of floats."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.reals import offer_elements, value_table
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.layer_norm import LayerNorm

CODE_BYTES: Final = 408


def offers(site: Site) -> Iterator[Offer]:
    """Takes all of them."""
    match site:
        case Site(op=LayerNorm() as op, reads=("reals",)):
            values = np.concatenate([[np.float32(op.epsilon)], op.gamma, op.beta])
            table = value_table("values", *values)
            name = "layer_norm_f32_f32"
            offer = offer_elements(site, name, "bend_f32_t", CODE_BYTES, table)
            height, width, channels = site.source.shape
            work = {
                "real_layer_norm": height * width * channels,
                "real_layer_norm_pixels": height * width,
            }
            yield replace(offer, work=work)
