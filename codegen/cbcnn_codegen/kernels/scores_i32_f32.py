"""Class scores as float32 logits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.offer import Field, Offer, ScoreFormat, Table
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.scores import Scores

CODE_BYTES: Final = 116


def offers(site: Site) -> Iterator[Offer]:
    """Takes all scores that are wanted as floats."""
    match site:
        case Site(op=Scores() as op, reads=("int32",), writes="float32"):
            count = len(op.multiplier)
            shape = "1 score" if count == 1 else f"{count} classes"
            yield Offer(
                kernel="scores_i32_f32",
                struct="scores_f32_t",
                fields=(Field("", (count,)),),
                tables=(
                    Table("multipliers", "float", op.multiplier, shape),
                    Table("offsets", "float", op.offset, shape),
                ),
                work={},
                code_bytes=CODE_BYTES,
                scores=ScoreFormat("float", 0, site.source.shape.size // count),
            )
