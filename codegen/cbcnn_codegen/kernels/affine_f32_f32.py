"""A multiplication and an addition for each channel of floats, each rounded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.reals import channel_table, offer_elements
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.affine import Affine
from cbcnn_codegen.ops.batch_norm import BatchNorm

CODE_BYTES: Final = 128


def offers(site: Site) -> Iterator[Offer]:
    """Takes what computes `x * multiplier + bias`: batch norms of rank 2 among it."""
    match site:
        case Site(op=Affine() | BatchNorm(fused=False) as op, reads=("reals",)):
            values = op.as_affine(site.source.shape.channels)
            tables = map(channel_table, ("multipliers", "biases"), values)
            yield offer_elements(site, "affine_f32_f32", "affine_f32_t", CODE_BYTES, *tables)
