"""Batch normalisation of floats, with a fused multiply-add."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.reals import channel_table, offer_elements
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.batch_norm import BatchNorm

CODE_BYTES: Final = 110


def offers(site: Site) -> Iterator[Offer]:
    """Takes those in this order."""
    match site:
        case Site(op=BatchNorm(fused=True, multiply_add=True) as op, reads=("reals",)):
            values = (op.mean, op.reciprocal_deviation(), op.gamma, op.beta)
            roles = ("means", "inverses", "gammas", "betas")
            tables = map(channel_table, roles, values)
            yield offer_elements(site, "norm_f32_f32", "norm_f32_t", CODE_BYTES, *tables)
