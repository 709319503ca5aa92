"""Fused multiply-add in float32, `x * y + z` rounded once, on any machine.

The product of two float32 numbers is exact in float64. Its sum with the third one is rounded to 53
bits, and rounding that again to 24 is wrong only where the first rounding lands on the middle
between two float32 numbers: there the part that was lost decides. Two-sum finds that part exactly
(D. E. Knuth, The Art of Computer Programming 2, section 4.2.2, theorem B), and one step of the
float64 number towards it, where its last bit is even, makes the second rounding right: that is
rounding to odd (S. Boldo, G. Melquiond, Emulation of a FMA and correctly rounded sums, IEEE
Transactions on Computers 57, 2008).

The C has the same function in `multiply_add.h`. Nothing is flushed: results may be denormal.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from cbcnn_codegen.ir.values import Float32Array, FloatArray

_DROPPED: Final = np.int64((1 << 29) - 1)
"""The bits of a float64 that a float32 of ordinary size has no place for."""
_MIDDLE: Final = np.int64(1 << 28)
_SMALL: Final = 2.0**-125
"""Below this a float32 has fewer bits, so that other numbers lie in the middle."""


def multiply_add(x: FloatArray, y: FloatArray, z: FloatArray) -> Float32Array:
    """`x * y + z` of float32 arrays, which broadcast, rounded once."""
    product = np.multiply(x, y, dtype=np.float64)
    total = np.asarray(product + z)
    doubtful = (total.view(np.int64) & _DROPPED) == _MIDDLE
    doubtful |= np.abs(total) < _SMALL
    if doubtful.any():
        addend = np.broadcast_to(z, total.shape)[doubtful].astype(np.float64)
        product = np.broadcast_to(product, total.shape)[doubtful]
        total[doubtful] = _round_to_odd(product, addend, total[doubtful])
    result: Float32Array = total.astype(np.float32)
    return result


def _round_to_odd(
    first: npt.NDArray[np.float64], second: npt.NDArray[np.float64], total: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """The sum of two numbers, `total` as float64 rounds it, with an odd last bit if it is wrong."""
    part = total - first
    lost = (first - (total - part)) + (second - part)
    bits = total.view(np.int64)
    step = np.where((lost > 0) == (total > 0), 1, -1)
    bits = np.where((lost != 0) & (bits % 2 == 0), bits + step, bits)
    odd: npt.NDArray[np.float64] = bits.view(np.float64)
    return odd
