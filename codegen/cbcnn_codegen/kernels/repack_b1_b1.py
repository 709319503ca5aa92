"""Signs of a map as a map of another shape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.offer import Field, Offer
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.repack_signs import RepackSigns

CODE_BYTES: Final = 122


def offers(site: Site) -> Iterator[Offer]:
    """Takes all of them."""
    match site:
        case Site(op=RepackSigns(), reads=("pixel_words",)):
            shape, output = site.source.shape, site.output.shape
            yield Offer(
                kernel="repack_b1_b1",
                struct="concatenate_t",
                fields=(
                    Field("pixels", (output.height * output.width,)),
                    Field("channels that are read and made", (shape.channels,)),
                    Field("", (output.channels,)),
                ),
                tables=(),
                work={"repacked_signs": output.size},
                code_bytes=CODE_BYTES,
                leads=(None,),
            )
