"""Numbers become -1, 0 and 1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cbcnn_codegen.ir import FloatArray, Monotone, Rounding, Shape, ValueType
from cbcnn_codegen.ir.drawing import Random


@dataclass(frozen=True, eq=False)
class Ternary(Monotone):
    """1 from `threshold` on, -1 down from its negative, 0 between; `threshold` is positive."""

    threshold: float

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> Ternary:
        return cls(name, float(np.float32(random.choice([0.05, 0.5, 1.0, 3.0]))))

    def check(self) -> None:
        if not 0 < self.threshold < np.inf:
            raise ValueError(f"{self.name}: a threshold of {self.threshold}")

    def evaluate(self, x: FloatArray, rounding: Rounding) -> FloatArray:
        threshold, zero, one = (rounding.dtype(of) for of in (self.threshold, 0, 1))
        made: FloatArray = np.where(x >= threshold, one, np.where(x <= -threshold, -one, zero))
        return made

    def on_map(self, shape: Shape) -> Ternary:
        return self
