"""The scaling of images in front of a network, `x * scale + offset`, as users write it.

Many networks are trained on images that were scaled outside of the model, say with `x / 127.5 - 1`.
The model file does not say so; `--rescale` does.
"""

from __future__ import annotations

import ast
import math
import re
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs.errors import UsageError

AUTO: Final[Literal["auto"]] = "auto"
"""Stands for a scaling: try the usual ones."""

USUAL: Final = "x/255, x/127.5-1, x/128-1, (x-MEAN)/STD"
"""The most common scalings of training code, for messages."""

_LONGEST: Final = 60
_CHARACTERS: Final = re.compile(r"[0-9.eE+\-*/()x ]+")
_HEXADECIMAL: Final = re.compile(r"[0-9.]\s*x")


class Rescale(NamedTuple):
    """`x * scale + offset` for the integers x of an image."""

    scale: float = 1.0
    offset: float = 0.0


UNSCALED: Final = Rescale()


class NamedRescale(NamedTuple):
    """A scaling and how people write it."""

    name: str
    rescale: Rescale


def parse_rescale(text: str) -> Rescale:
    """Read a scaling: `SCALE,OFFSET` or an expression in x, such as `1/127.5,-1` or `x/127.5-1`.

    Only numbers, + - * / and parentheses count; nothing is executed.

    Raises:
        UsageError: something else, a number that is not finite, or a result that does not depend on
            x, or not as a straight line.
    """
    try:
        parts = [_evaluate(part) for part in text.split(",")]
        if len(parts) == 2 and not any(part.scale for part in parts):
            parts = [Rescale(parts[0].offset, parts[1].offset)]
        (rescale,) = parts
        if not all(map(math.isfinite, rescale)) or rescale.scale == 0:
            raise ValueError("a scale of 0 or a number that is not finite")
    except (SyntaxError, ValueError, ArithmeticError) as error:
        raise UsageError(
            "--rescale cannot be read",
            found=f"{text[:_LONGEST]!r}: {_reason(error)}",
            allowed="SCALE,OFFSET or an expression in x, of numbers, + - * / and parentheses: "
            "1/127.5,-1 or x/127.5-1",
        ) from None
    return rescale


def _reason(error: Exception) -> str:
    if isinstance(error, SyntaxError):
        return "no expression"
    return "too many parts" if "unpack" in str(error) else str(error)


def _evaluate(text: str) -> Rescale:
    """The straight line that an expression in x means; one without x has a scale of 0."""
    if len(text) > _LONGEST:
        raise ValueError(f"more than {_LONGEST} characters")
    if not _CHARACTERS.fullmatch(text) or _HEXADECIMAL.search(text):
        raise ValueError("something that is no decimal number, x, + - * / or parenthesis")
    return _line(ast.parse(text.strip(), mode="eval").body)


def _line(node: ast.expr) -> Rescale:
    match node:
        case ast.Constant(value=int() | float() as number):
            return Rescale(0.0, float(number))
        case ast.Name(id="x"):
            return Rescale(1.0, 0.0)
        case ast.UnaryOp(op=ast.UAdd() | ast.USub() as sign, operand=operand):
            line = _line(operand)
            return line if isinstance(sign, ast.UAdd) else Rescale(-line.scale, -line.offset)
        case ast.BinOp(left=left, op=operator, right=right):
            return _combine(_line(left), operator, _line(right))
    raise ValueError("something that is no arithmetic")


def _combine(left: Rescale, operator: ast.operator, right: Rescale) -> Rescale:
    match operator:
        case ast.Add():
            return Rescale(left.scale + right.scale, left.offset + right.offset)
        case ast.Sub():
            return Rescale(left.scale - right.scale, left.offset - right.offset)
        case ast.Mult() if right.scale == 0:
            return Rescale(left.scale * right.offset, left.offset * right.offset)
        case ast.Mult() if left.scale == 0:
            return Rescale(left.offset * right.scale, left.offset * right.offset)
        case ast.Div() if right.scale == 0:
            return Rescale(left.scale / right.offset, left.offset / right.offset)
    raise ValueError("no straight line in x")


def apply(rescale: Rescale, images: NDArray[Any]) -> NDArray[np.float32]:
    """Scaled images as training code computes them, in float32."""
    scaled = images.astype(np.float32) * np.float32(rescale.scale) + np.float32(rescale.offset)
    return np.asarray(scaled, np.float32)


def usual_scalings(images: NDArray[Any]) -> tuple[NamedRescale, ...]:
    """Scalings that a network may have been trained on, the likelier first.

    Args:
        images: uint8 or int8, of any shape; their own mean and deviation are one way to scale them.
            A mean is rounded to halves, for pixels to stay integers.
    """
    if images.dtype == np.int8:
        names = ["x", "x/128", "x/127"]
    else:
        names = ["x", "x/255", "x/127.5-1", "x/128-1", "x/256", "x/255-0.5"]
    mean, deviation = np.rint(2 * images.mean()) / 2, float(images.std())
    if deviation > 0:
        names.append(f"(x-{mean:g})/{deviation:.4g}".replace("--", "+"))
    return tuple(NamedRescale(name, parse_rescale(name)) for name in names)
