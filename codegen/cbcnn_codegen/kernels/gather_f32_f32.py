"""Floats of a map at other places."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.ir import Shape
from cbcnn_codegen.kernels.offer import Field, Offer
from cbcnn_codegen.kernels.reals import value_table
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.gather import Along, Gather

CODE_BYTES: Final = 222


def offers(site: Site) -> Iterator[Offer]:
    """Takes all of them."""
    match site:
        case Site(op=Gather() as op, reads=("reals",)):
            shape, output = site.source.shape, site.output.shape
            yield Offer(
                kernel="gather_f32_f32",
                struct="gather_f32_t",
                fields=(
                    _along("rows", op.rows, shape),
                    _along("columns", op.columns, shape),
                    _along("channels", op.channels, shape),
                ),
                tables=(value_table("fill", op.fill),),
                work={
                    "real_gather": output.size,
                    "real_gather_pixels": output.height * output.width,
                },
                code_bytes=CODE_BYTES,
                leads=(None,),
            )


def _along(name: str, side: Along, shape: Shape) -> Field:
    """A `cbcnn_along_t`."""
    stride = (shape.width * shape.channels, shape.channels, 1)[side.axis]
    numbers = (side.size, shape[side.axis], stride, side.start, side.step, side.repeat)
    comment = f"{name}: size, size read, apart, first, step, repeats, spaced"
    return Field(comment, (*numbers, int(side.spaced)))
