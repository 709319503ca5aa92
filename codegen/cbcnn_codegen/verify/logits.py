"""Logits of real numbers, which are counted instead of compared bit by bit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

LARGEST: Final = 1e-4
"""Difference of logits, relative to the largest of them, that orders of float32 explain."""


@dataclass
class LogitTally:
    """How far the C's logits are from a Python model's, of a network of floats.

    Attributes:
        count: logits that were compared.
        unequal: of them, those that are not equal in every bit.
        off: largest difference.
        size: largest logit of the Python model, or of the numbers that logits are made of.
        ulps: largest difference in units in the last place of the larger of the two.
    """

    count: int = 0
    unequal: int = 0
    off: float = 0.0
    size: float = 0.0
    ulps: float = 0.0

    @classmethod
    def of_all(cls, outputs: Iterable[LogitTally]) -> LogitTally:
        """The counts of several outputs, each of numbers of its own size.

        The largest difference is that of the output where it is the largest relative to the logits.
        """
        tallies = [*outputs]
        if not tallies:
            return cls()
        worst = max(tallies, key=lambda one: (np.isnan(one.relative), one.relative))
        return cls(
            sum(one.count for one in tallies),
            sum(one.unequal for one in tallies),
            worst.off,
            worst.size,
            max(one.ulps for one in tallies),
        )

    @property
    def agree(self) -> bool:
        """Are they as near as float32 allows?"""
        return self.relative <= LARGEST

    @property
    def relative(self) -> float:
        """The largest difference relative to that size."""
        return self.off / self.size if self.size else self.off

    def add(self, found: Array, expected: Array, sizes: Array | None = None) -> None:
        """Count logits of the C and those that are expected.

        Args:
            found: by the C.
            expected: by the Python model.
            sizes: of the numbers that they are made of, if these are larger than they.
        """
        ours, theirs = (of.astype(np.float64).ravel() for of in (found, expected))
        with np.errstate(invalid="ignore"):
            off = np.where(ours == theirs, 0, np.abs(ours - theirs))
        larger = np.maximum(np.abs(ours), np.abs(theirs)).astype(np.float32)
        made_of = 0.0 if sizes is None else float(sizes.max(initial=0))
        ulps = off / np.spacing(np.maximum(larger, np.finfo(np.float32).tiny))
        self.merge(
            LogitTally(
                off.size,
                int((found.ravel() != expected.ravel()).sum()),
                float(off.max(initial=0)),
                float(np.abs(theirs).max(initial=made_of)),
                float(ulps.max(initial=0)),
            )
        )

    def __str__(self) -> str:
        return (
            f"{self.unequal:,} of {self.count:,} logits not equal in every bit, at most "
            f"{self.ulps:,.0f} units in the last place, {self.relative:.1e} of the largest"
        )

    def merge(self, other: LogitTally) -> None:
        """Add the counts of others."""
        self.count, self.unequal = self.count + other.count, self.unequal + other.unequal
        self.off, self.size, self.ulps = (
            float(np.maximum(mine, others))  # which keeps NaN
            for mine, others in zip(
                (self.off, self.size, self.ulps), (other.off, other.size, other.ulps), strict=True
            )
        )
