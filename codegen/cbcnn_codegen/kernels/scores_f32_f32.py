"""Class scores that are floats already."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.offer import Field, Offer, ScoreFormat
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.real_scores import RealScores

CODE_BYTES: Final = 54


def offers(site: Site) -> Iterator[Offer]:
    """Takes all of them; a map is the vector of its numbers."""
    match site:
        case Site(op=RealScores(), reads=("reals",), writes="float32"):
            yield Offer(
                kernel="scores_f32_f32",
                struct="elements_t",
                fields=(Field("pixels", (1,)), Field("channels", (site.source.shape.size,))),
                tables=(),
                work={},
                code_bytes=CODE_BYTES,
                scores=ScoreFormat("float", 0),
            )
