"""Class scores in fixed point: float32 logits without a float."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.fixed_point import is_identity, to_fixed_point
from cbcnn_codegen.kernels.offer import Field, Offer, ScoreFormat, Table
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.scores import Scores

CODE_BYTES: Final = 302


def offers(site: Site) -> Iterator[Offer]:
    """Takes scores that differ from their accumulators.

    Raises:
        UsageError: products or sums might not fit 64 bits.
    """
    match site:
        case Site(op=Scores() as op, reads=("int32",), writes="fixed_point") if not is_identity(op):
            count = len(op.multiplier)
            shape = "1 score" if count == 1 else f"{count} classes"
            fixed = to_fixed_point(op, site.source.largest)
            yield Offer(
                kernel="scores_i32_i64",
                struct="scores_i64_t",
                fields=(Field("", (count,)),),
                tables=(
                    Table("multipliers", "int64", fixed.multipliers, shape),
                    Table("offsets", "int64", fixed.offsets, shape),
                ),
                work={},
                code_bytes=CODE_BYTES,
                scores=ScoreFormat("int64", fixed.fraction_bits, site.source.shape.size // count),
            )
