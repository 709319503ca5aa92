"""Dense layers on the image: what the kernels with a `cbcnn_dense_plane_t` share."""

from __future__ import annotations

from typing import Final

from cbcnn_codegen.kernels.comparison import comparison_tables
from cbcnn_codegen.kernels.geometry import image_fields
from cbcnn_codegen.kernels.offer import Field, Offer, Scratch
from cbcnn_codegen.kernels.packing import GROUP_TAPS, pattern_weights
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.binary_dense import BinaryDense

CHUNK_SUMS: Final = 128
"""Sums of inputs that are held at a time; see `plane_chunk.h`."""


def offer_dense_plane(
    site: Site,
    op: BinaryDense,
    kernel: str,
    code_bytes: int,
    scratch_items: int,
    lead: int | None = None,
) -> Offer:
    """Makes all sums of each group of inputs, which the units look up."""
    units, inputs = site.output.shape.size, site.source.shape.size
    groups = -(-inputs // GROUP_TAPS)
    return Offer(
        kernel=kernel,
        struct="dense_plane_t",
        fields=(Field("inputs", (inputs,)), Field("units", (units,)), *image_fields(site)),
        tables=(pattern_weights(op.weights), *comparison_tables(site, op)),
        work={"dense_groups": units * groups, "plane_sums": groups},
        code_bytes=code_bytes,
        products=op.weights.size,
        scratch=Scratch("int32", scratch_items),
        leads=(lead,),
    )
