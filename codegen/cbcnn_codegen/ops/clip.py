"""Values between two limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import FloatArray, Line, Monotone, Rounding, Shape, ValueType
from cbcnn_codegen.ir.drawing import Random


@dataclass(frozen=True, eq=False)
class Clip(Monotone):
    """The nearest number to x from `low` to `high`."""

    low: float
    high: float

    is_step: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> Clip:
        """A ReLU with a largest value, as this operation."""
        return cls(name, 0.0, float(random.choice([6, 1, 2.5, 100])))

    def check(self) -> None:
        if not self.low <= self.high:
            raise ValueError(f"{self.name}: from {self.low} to {self.high}")

    def share_of_zeros(self, *_sources: float) -> float:
        return 0.5 if self.low == 0 else 0.0  # what lies below 0 where nobody looked

    def evaluate(self, x: FloatArray, rounding: Rounding) -> FloatArray:
        low, high = rounding.dtype(self.low), rounding.dtype(self.high)
        raised = np.where(x > low, x, low)
        clipped: FloatArray = np.where(raised < high, raised, high)
        return clipped

    def extend(self, line: Line) -> Line:
        return line.clipped(self.low, self.high)

    def on_map(self, shape: Shape) -> Clip:
        return self
