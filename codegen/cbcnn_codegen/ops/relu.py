"""The larger of a value and zero."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import FloatArray, Line, Monotone, Rounding, Shape, ValueType
from cbcnn_codegen.ir.drawing import Random


@dataclass(frozen=True, eq=False)
class Relu(Monotone):
    """max(x, 0)."""

    is_step: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> Relu:
        return cls(name)

    def share_of_zeros(self, *_sources: float) -> float:
        return 0.5  # what lies below 0 where nobody looked

    def evaluate(self, x: FloatArray, rounding: Rounding) -> FloatArray:
        larger: FloatArray = np.where(x > 0, x, rounding.dtype(0))
        return larger

    def extend(self, line: Line) -> Line:
        return line.clipped(0.0, math.inf)

    def on_map(self, shape: Shape) -> Relu:
        return self
