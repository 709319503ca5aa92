"""Signs that the network puts out, as bytes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.offer import Field, Offer, ScoreFormat
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.sign_scores import SignScores

CODE_BYTES: Final = 58


def offers(site: Site) -> Iterator[Offer]:
    """Takes all of them."""
    match site:
        case Site(op=SignScores(), reads=("pixel_words",), writes="fixed_point"):
            height, width, channels = site.source.shape
            yield Offer(
                kernel="scores_b1_i8",
                struct="elements_t",
                fields=(Field("pixels", (height * width,)), Field("channels", (channels,))),
                tables=(),
                work={},
                code_bytes=CODE_BYTES,
                scores=ScoreFormat("int8", 0),
            )
