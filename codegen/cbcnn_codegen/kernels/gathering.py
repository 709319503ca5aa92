"""Shared by kernels that put the numbers of a map at other places."""

from __future__ import annotations

from cbcnn_codegen.ir import Shape
from cbcnn_codegen.kernels.offer import Field, Work
from cbcnn_codegen.ops.gather import Along, Gather


def gather_work(op: Gather, shape: Shape, output: Shape) -> Work:
    """Numbers that are moved pixel by pixel, those that are filled, and those looked for singly."""
    pixels = output.height * output.width
    whole = op.channels == Along(shape.channels, 2)
    found = found_pixels(op, shape) * output.channels
    return {
        "real_gather": 0 if whole else found,
        "real_gather_filled": output.size - found,
        "real_gather_moved": found if whole else 0,
        "real_gather_pixels": pixels,
        "real_gather_repeats": pixels if op.columns.repeat > 1 else 0,
    }


def found_pixels(op: Gather, shape: Shape) -> int:
    """Pixels of the result that lie in the map that is read."""
    inside = [
        int(((of := side.positions()) >= 0).sum() - (of >= shape[side.axis]).sum())
        for side in op.sides[:2]
    ]
    return inside[0] * inside[1]


def along_field(name: str, side: Along, shape: Shape, pixel: int | None = None) -> Field:
    """A `cbcnn_along_t`; `pixel` is how far pixels lie apart, their channels if None."""
    apart = shape.channels if pixel is None else pixel
    stride = (shape.width * apart, apart, 1)[side.axis]
    numbers = (side.size, shape[side.axis], stride, side.start, side.step, side.repeat)
    comment = f"{name}: size, size read, apart, first, step, repeats, spaced"
    return Field(comment, (*numbers, int(side.spaced)))
