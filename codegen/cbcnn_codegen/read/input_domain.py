"""From scaled images back to integers.

A network that reads `x * scale + offset` for 8-bit integers `x` computes on multiples of one number
if `offset / scale` is a whole or a half number z:

    x * scale + offset  =  scale * (x + z)  =  scale / 2 * (2 * x + 2 * z)

So it can compute on the integers `x + z` or `2 * x + 2 * z`; thresholds and scores take up what one
of them is worth.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from cbcnn_codegen.errors import UnsupportedLayerError
from cbcnn_codegen.ir import EXACT_FLOAT32
from cbcnn_inputs.metadata import InputType
from cbcnn_inputs.model_files.limits import quote

TOLERANCE: Final = 1e-6
"""Relative tolerance: scale and offset arrive rounded, and so does their quotient."""

SMALLEST_SCALE: Final = 2.0**-100
LARGEST_SCALE: Final = 2.0**100


class Scaling(NamedTuple):
    """`x * scale + offset`, its origin, for messages, and TensorFlow's steps to it."""

    scale: float = 1.0
    offset: float = 0.0
    origin: str = "the input"
    steps: tuple[tuple[float, float], ...] = ()

    def then(self, scale: float, offset: float, origin: str) -> Scaling:
        """This scaling followed by another one."""
        steps = (*self.steps, (scale, offset))
        return Scaling(self.scale * scale, self.offset * scale + offset, origin, steps)

    @property
    def is_exact(self) -> bool:
        """Whether TensorFlow computes it, and sums of its results, without rounding.

        It does for a power of two and an offset that float32 holds.
        """
        return math.frexp(self.scale)[0] == 0.5 and float(np.float32(self.offset)) == self.offset


class Domain(NamedTuple):
    """The integers `(x << shift) + offset`, each worth `scale`; see `ir.Input`."""

    dtype: InputType
    shift: int = 0
    offset: int = 0
    scale: float = 1.0

    def rounding(self, scaling: Scaling) -> float:
        """How far the image that TensorFlow scales may lie from these integers, in steps of them.

        Measured for all 256 values, both as Keras multiplies and adds in float32 and as a program
        does that scales in more than that.
        """
        x = np.arange(256, dtype=np.float64) - (128 if self.dtype == "int8" else 0)
        meant = self.scale * (x * 2**self.shift + self.offset)
        scaled = x.astype(np.float32)
        for scale, offset in scaling.steps:
            scaled = scaled * np.float32(scale) + np.float32(offset)
        at_once = (x * scaling.scale + scaling.offset).astype(np.float32)
        off = max(np.abs(way.astype(np.float64) - meant).max() for way in (scaled, at_once))
        return float(off) / self.scale

    @property
    def largest(self) -> int:
        """Largest magnitude of one of the integers."""
        low, high = (0, 255) if self.dtype == "uint8" else (-128, 127)
        return max(abs((x << self.shift) + self.offset) for x in (low, high))


def find_domain(scaling: Scaling, dtype: InputType) -> Domain:
    """The integers that stand for scaled 8-bit values.

    Raises:
        UnsupportedLayerError: there are none.
    """
    scale, offset, origin = scaling[:3]
    if not SMALLEST_SCALE <= scale <= LARGEST_SCALE or not math.isfinite(offset / scale):
        raise UnsupportedLayerError(
            f"{origin} cannot be generated",
            found=f"scale={scale!r}",
            allowed="a positive scale of ordinary size",
            suggestion="scale=1/128 or scale=1/256",
        )
    doubled = round(2 * offset / scale)
    if abs(2 * offset / scale - doubled) > TOLERANCE * max(1, abs(doubled)):
        raise UnsupportedLayerError(
            f"{origin} cannot be generated",
            found=f"x * {scale!r} + {offset!r}, which is 0 at x = {-offset / scale:.6g}",
            allowed="a zero at a whole or a half x, so that pixels stay integers",
            suggestion=f"offset={doubled * scale / 2!r}, or a BatchNormalization instead",
        )
    if abs(doubled) >= EXACT_FLOAT32:
        raise UnsupportedLayerError(
            f"{origin} cannot be generated",
            found=f"an offset of {quote(doubled / 2)} grey levels",
            allowed=f"less than {EXACT_FLOAT32 // 2}",
            suggestion="a smaller offset",
        )
    if doubled % 2 == 0:
        return Domain(dtype, 0, doubled // 2, scale)
    return Domain(dtype, 1, doubled, scale / 2)


def inexact_note(scaling: Scaling) -> str:
    """A note for the user about a scaling that TensorFlow rounds."""
    return (
        f"TensorFlow rounds x * {scaling.scale:.9g} + {scaling.offset:.9g} and the sums of it to "
        "float32; the generated code computes the same sums exactly, so a sign can differ where "
        "a sum falls onto its threshold. Scales that are powers of two, such as 1/128, are exact."
    )
