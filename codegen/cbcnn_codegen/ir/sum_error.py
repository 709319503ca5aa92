"""How far the float32 sums of TensorFlow may lie from the integers that the network computes."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

Float64Array = npt.NDArray[np.float64]

LIKELY_ROUNDINGS: Final = 4
"""Roundings of the largest sum by which a sum is probably off at most.

Measured with TensorFlow 2.21 on x86, oneDNN on and off: of 36 to 4,608 products of -H and +H with
random and with strongly correlated signs, sums near 0 were 0.1 to 0.8 such roundings off in the
mean square, hardly ever more than 4, and 11 once.
"""


class SumError(NamedTuple):
    """For each channel, how far the sum that TensorFlow makes may lie from `s * multiplier`.

    The distance is a real number in the unit of the sum; `s` is the exact integer.

    Attributes:
        fixed, per_unit: no order of summation goes beyond `fixed + per_unit * abs(s)`.
        rounding: half a unit in the last place of the largest sum of rounded weights; 0 if
            TensorFlow rounds the image alone.
    """

    fixed: Float64Array
    per_unit: Float64Array
    rounding: Float64Array

    def for_channels(self, channels: int) -> SumError | None:
        """The same for another number of channels; None where they differ."""
        if any((part != part[0]).any() for part in self):
            return None
        return SumError(*(np.full(channels, part[0]) for part in self))

    def bound(self, s: npt.NDArray[Any]) -> Float64Array:
        """Bound of the distance."""
        bound: Float64Array = self.fixed + self.per_unit * np.abs(s)
        return bound

    def likely(self, s: npt.NDArray[Any]) -> Float64Array:
        """Distance to expect; see `LIKELY_ROUNDINGS`."""
        likely: Float64Array = np.minimum(self.bound(s), LIKELY_ROUNDINGS * self.rounding)
        return likely
