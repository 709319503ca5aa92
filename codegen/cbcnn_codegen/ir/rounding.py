"""Ways to round a chain of float operations."""

from __future__ import annotations

from typing import Any, Final, Literal, NamedTuple

import numpy as np

from cbcnn_codegen.ir.values import FloatArray

SMALLEST_NORMAL: Final = np.finfo(np.float32).tiny


class Rounding(NamedTuple):
    """One way of computing a chain in floats.

    Attributes:
        dtype: of every step.
        ulps: units in the last place by which to move the inverse deviation.
        other_order: compute batch norms in the order of the other rank.
        moved: move sums that TensorFlow rounds up (1) or down (-1), as far as they may lie from the
            exact sums; see `SumError`.
        likely: move them only as far as their probable error.
        multiply_add: compute batch norms of rank 4 with a fused multiply-add.
    """

    dtype: type[np.floating[Any]] = np.float32
    ulps: int = 0
    other_order: bool = False
    moved: Literal[-1, 0, 1] = 0
    likely: bool = False
    multiply_add: bool = False


CONTRACT: Final = Rounding()
"""Keras's way; interpreter and thresholds follow it."""

ALTERNATIVES: Final = (
    Rounding(np.float64),
    Rounding(ulps=1),
    Rounding(ulps=-1),
    Rounding(other_order=True),
    Rounding(ulps=1, other_order=True),
    Rounding(ulps=-1, other_order=True),
    Rounding(multiply_add=True),
)
"""Ways in which another build of TensorFlow, or exact arithmetic, may compute a chain."""

MOVED: Final = tuple(
    way._replace(moved=moved) for way in (CONTRACT, *ALTERNATIVES) for moved in (-1, 1)
)
"""The same ways with sums as far from the exact ones as they may be."""

LIKELY: Final = (Rounding(moved=-1, likely=True), Rounding(moved=1, likely=True))
"""Ways in which TensorFlow probably computes a chain now and then."""


def flush_denormals(values: FloatArray) -> FloatArray:
    """Values whose magnitude is below the smallest normal float32 become zero, in place.

    TensorFlow flushes denormal results to zero; so does everything that must equal it.
    """
    values[np.abs(values) < SMALLEST_NORMAL] = 0
    return values
