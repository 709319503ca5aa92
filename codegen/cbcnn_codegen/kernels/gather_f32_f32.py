"""Floats of a map at other places."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.ir import Shape
from cbcnn_codegen.kernels.offer import Field, Offer, Work
from cbcnn_codegen.kernels.reals import value_table
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.gather import Along, Gather

CODE_BYTES: Final = 286


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
                work=_work(op, shape, output),
                code_bytes=CODE_BYTES,
                leads=(None,),
            )


def _work(op: Gather, shape: Shape, output: Shape) -> Work:
    """Numbers that are moved pixel by pixel, those that are filled, and those looked for singly."""
    pixels = output.height * output.width
    whole = op.channels == Along(shape.channels, 2)
    inside = [
        int(((of := side.positions()) >= 0).sum() - (of >= shape[side.axis]).sum())
        for side in op.sides[:2]
    ]
    found = inside[0] * inside[1] * output.channels
    return {
        "real_gather": 0 if whole else found,
        "real_gather_filled": output.size - found,
        "real_gather_moved": found if whole else 0,
        "real_gather_pixels": pixels,
        "real_gather_repeats": pixels if op.columns.repeat > 1 else 0,
    }


def _along(name: str, side: Along, shape: Shape) -> Field:
    """A `cbcnn_along_t`."""
    stride = (shape.width * shape.channels, shape.channels, 1)[side.axis]
    numbers = (side.size, shape[side.axis], stride, side.start, side.step, side.repeat)
    comment = f"{name}: size, size read, apart, first, step, repeats, spaced"
    return Field(comment, (*numbers, int(side.spaced)))
