"""The step at zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import FloatArray, Monotone, Rounding, Shape, ValueType
from cbcnn_codegen.ir.drawing import Random


@dataclass(frozen=True, eq=False)
class Heaviside(Monotone):
    """1 where x is positive, else 0."""

    is_step: ClassVar[bool] = True
    is_quantizer: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> Heaviside:
        return cls(name)

    def share_of_zeros(self, *_sources: float) -> float:
        return 0.5  # what lies below 0 where nobody looked

    def evaluate(self, x: FloatArray, rounding: Rounding) -> FloatArray:
        step: FloatArray = np.where(x > 0, rounding.dtype(1), rounding.dtype(0))
        return step

    def on_map(self, shape: Shape) -> Heaviside:
        return self
