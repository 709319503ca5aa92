"""Class scores that are their accumulators."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.fixed_point import is_identity
from cbcnn_codegen.kernels.offer import Field, Offer, ScoreFormat
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.scores import Scores

CODE_BYTES: Final = 40


def offers(site: Site) -> Iterator[Offer]:
    """Takes scores of which every one is its accumulator."""
    match site:
        case Site(op=Scores() as op, reads=("int32",), writes="fixed_point") if is_identity(op):
            yield Offer(
                kernel="scores_i32_i32",
                struct="scores_i32_t",
                fields=(Field("", (site.source.shape.size,)),),
                tables=(),
                work={},
                code_bytes=CODE_BYTES,
                scores=ScoreFormat("int32", 0),
            )
