"""Class scores that are floats already."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.offer import Offer, ScoreFormat
from cbcnn_codegen.kernels.reals import map_fields
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.real_scores import RealScores

CODE_BYTES: Final = 54


def offers(site: Site) -> Iterator[Offer]:
    """Takes all of them."""
    match site:
        case Site(op=RealScores(), reads=("reals",), writes="float32"):
            yield Offer(
                kernel="scores_f32_f32",
                struct="elements_t",
                fields=map_fields(site).members,
                tables=(),
                work={},
                code_bytes=CODE_BYTES,
                scores=ScoreFormat("float", 0),
            )
