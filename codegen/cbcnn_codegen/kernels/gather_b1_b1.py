"""Signs of a map at other places."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.ir import Shape
from cbcnn_codegen.kernels.gathering import along_field, found_pixels
from cbcnn_codegen.kernels.offer import Field, Offer, Work
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
                work=_work(op, shape, output, site.output.pixel_items(site.sizes)),
                code_bytes=CODE_BYTES,
                leads=(None,),
            )


def _work(op: GatherSigns, shape: Shape, output: Shape, words: int) -> Work:
    """Pixels that stay whole are copied by words, others and what is filled sign by sign."""
    pixels, found = output.height * output.width, found_pixels(op, shape)
    whole = op.channels == Along(shape.channels, 2)
    return {
        "filled_signs": (pixels - found) * output.channels,
        "moved_signs": 0 if whole else found * output.channels,
        "moved_words": found * words if whole else 0,
        "moved_pixels": pixels,
    }
