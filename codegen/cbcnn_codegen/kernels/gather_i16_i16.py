"""16-bit integers of a map at other places."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.gathering import along_field
from cbcnn_codegen.kernels.offer import Field, Offer
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.gather import Gather

CODE_BYTES: Final = 214


def offers(site: Site) -> Iterator[Offer]:
    """Takes all of them."""
    match site:
        case Site(op=Gather() as op, reads=("int16",)):
            shape, output = site.source.shape, site.output.shape
            yield Offer(
                kernel="gather_i16_i16",
                struct="gather_narrow_t",
                fields=(
                    along_field("rows", op.rows, shape),
                    along_field("columns", op.columns, shape),
                    along_field("channels", op.channels, shape),
                    Field("fill", (round(op.fill),)),
                ),
                tables=(),
                work={
                    "narrow_gathered": output.size,
                    "narrow_gather_pixels": output.height * output.width,
                },
                code_bytes=CODE_BYTES,
                leads=(None,),
            )
