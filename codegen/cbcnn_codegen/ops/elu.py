"""A line that runs into an exponential function below zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import FLOAT32, Array, Operation, ValueType, exponential
from cbcnn_codegen.ir.drawing import Random


@dataclass(frozen=True, eq=False)
class Elu(Operation):
    """`x * above` where x is positive, else `(exp(x) - 1) * below`.

    Attributes:
        above: 1 for ELU.
        below: the alpha of ELU; both are other numbers for SELU.
    """

    above: float = 1.0
    below: float = 1.0

    is_real: ClassVar[bool] = True
    is_pointwise: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> Elu:
        above, below = (float(np.float32(random.choice([1.0, 0.3, 1.7]))) for _ in range(2))
        return cls(name, above, below)

    def infer(self, source: ValueType) -> ValueType:
        return ValueType(FLOAT32, source.shape)

    def compute(self, x: Array) -> Array:
        x = x.astype(np.float32)
        low = (exponential(np.where(x > 0, np.float32(0), x)) - np.float32(1)) * np.float32(
            self.below
        )
        return np.where(x > 0, x * np.float32(self.above), low)
