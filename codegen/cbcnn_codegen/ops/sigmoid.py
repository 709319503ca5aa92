"""The logistic function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import FLOAT32, Array, Operation, ValueType, exponential
from cbcnn_codegen.ir.drawing import Random


@dataclass(frozen=True, eq=False)
class Sigmoid(Operation):
    """`1 / (1 + e)` for `e = exp(-abs(x))` where x is at least 0, else `e / (1 + e)`."""

    is_real: ClassVar[bool] = True
    is_pointwise: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> Sigmoid:
        return cls(name)

    def infer(self, source: ValueType) -> ValueType:
        return ValueType(FLOAT32, source.shape)

    def compute(self, x: Array) -> Array:
        x = x.astype(np.float32)
        e = exponential(-np.abs(x))
        made: Array = np.where(x >= 0, np.float32(1), e) / (np.float32(1) + e)
        return made
