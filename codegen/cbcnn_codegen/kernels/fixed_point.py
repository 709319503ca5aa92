"""Float32 scores as 64-bit integers that are equal to them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cbcnn_codegen.errors import UsageError
from cbcnn_codegen.ir import Float32Array
from cbcnn_codegen.ops.scores import Scores

_LIMIT = 2**62


class FixedPoint(NamedTuple):
    """Multipliers and offsets in units of `2**-fraction_bits`."""

    multipliers: npt.NDArray[np.int64]
    offsets: npt.NDArray[np.int64]
    fraction_bits: int


def is_identity(scores: Scores) -> bool:
    """Whether every score is its accumulator."""
    return bool((scores.multiplier == 1).all() and (scores.offset == 0).all())


def to_fixed_point(scores: Scores, largest: int) -> FixedPoint:
    """Scale all constants by the smallest power of two that makes them integers.

    Rounding to 24 significant bits then is what float32 does to the products and sums: none of
    them overflows, and all are multiples of `2**-fraction_bits`, far above float32's denormals.

    Args:
        scores: the constants.
        largest: bound of the magnitude of an accumulator.

    Raises:
        UsageError: products or sums might not fit 64 bits.
    """
    ratios = [_ratio(values) for values in (scores.multiplier, scores.offset)]
    fraction_bits = max(denominator.bit_length() - 1 for row in ratios for _, denominator in row)
    multipliers, offsets = (
        [(numerator << fraction_bits) // denominator for numerator, denominator in row]
        for row in ratios
    )
    sums = (largest * abs(m) + abs(o) for m, o in zip(multipliers, offsets, strict=True))
    if max(sums) >= _LIMIT:
        raise UsageError(
            f"the scores of layer '{scores.name}' do not fit 64-bit integers",
            found=f"multipliers and offsets that need {fraction_bits} fraction bits",
            allowed="sums below 2**62 in units of the last fraction bit",
            suggestion="--scores float",
        )
    return FixedPoint(np.array(multipliers, np.int64), np.array(offsets, np.int64), fraction_bits)


def _ratio(values: Float32Array) -> list[tuple[int, int]]:
    return [float(value).as_integer_ratio() for value in values]
