"""A line that bends at zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import FloatArray, Line, Monotone, Rounding, Shape, ValueType, flush_denormals
from cbcnn_codegen.ir.drawing import Random


@dataclass(frozen=True, eq=False)
class LeakyRelu(Monotone):
    """`x` where it is positive, else `x * alpha`.

    Attributes:
        alpha: 0 or more, also above 1, so the function never falls. With a negative one it would
            fall and then rise, and a sign behind it would need two comparisons.
    """

    alpha: float

    is_step: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> LeakyRelu:
        return cls(name, float(np.float32(random.choice([0.1, 0.2, 0.3, 1.0, 2.5, 2.0**-20]))))

    def check(self) -> None:
        if not 0 <= self.alpha < np.inf:
            raise ValueError(f"{self.name}: alpha={self.alpha} is not 0 or more")

    def evaluate(self, x: FloatArray, rounding: Rounding) -> FloatArray:
        """TensorFlow holds alpha in float32."""
        below = flush_denormals(x * rounding.dtype(np.float32(self.alpha)))
        leaky: FloatArray = np.where(x > 0, x, below)
        return leaky

    def extend(self, line: Line) -> Line | None:
        return line.bent(self.alpha)

    def on_map(self, shape: Shape) -> LeakyRelu:
        return self
