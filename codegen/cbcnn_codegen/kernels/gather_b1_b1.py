"""Signs of a map at other places."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.gathering import along_field
from cbcnn_codegen.kernels.offer import Field, Offer
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.gather import Along
from cbcnn_codegen.ops.gather_signs import GatherSigns

CODE_BYTES: Final = 326


def offers(site: Site) -> Iterator[Offer]:
    """Takes all of them."""
    match site:
        case Site(op=GatherSigns() as op, reads=("pixel_words",)):
            shape, output = site.source.shape, site.output.shape
            apart = site.sizes.words(shape.channels) * site.sizes.word_bits
            pixels = output.height * output.width
            whole = op.channels == Along(shape.channels, 2)
            yield Offer(
                kernel="gather_b1_b1",
                struct="gather_narrow_t",
                fields=(
                    along_field("rows", op.rows, shape, apart),
                    along_field("columns", op.columns, shape, apart),
                    along_field("channels", op.channels, shape, apart),
                    Field("fill", (int(op.fill > 0),)),
                ),
                tables=(),
                work={
                    "moved_signs": 0 if whole else output.size,
                    "moved_words": pixels * site.output.pixel_items(site.sizes) if whole else 0,
                    "moved_pixels": pixels,
                },
                code_bytes=CODE_BYTES,
                leads=(None,),
            )
