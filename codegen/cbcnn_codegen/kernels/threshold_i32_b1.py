"""Integers become signs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from cbcnn_codegen.kernels.comparison import comparison_tables
from cbcnn_codegen.kernels.integers import offer_values
from cbcnn_codegen.kernels.offer import Offer
from cbcnn_codegen.kernels.reals import map_fields
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.threshold import Threshold

CODE_BYTES: Final = 108


def offers(site: Site) -> Iterator[Offer]:
    """Compares each value with the threshold of its channel."""
    match site:
        case Site(op=Threshold() as op, reads=("int32",), writes="pixel_words"):
            yield replace(
                offer_values(site, "threshold_i32_b1", CODE_BYTES, "values", 0),
                struct="threshold_layer_t",
                fields=(map_fields(site),),
                tables=comparison_tables(site, op),
                work={"values": site.source.shape.size},
            )
