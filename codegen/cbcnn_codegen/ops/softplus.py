"""A smooth ReLU."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import FLOAT32, Array, Operation, ValueType, exponential, log1p
from cbcnn_codegen.ir.drawing import Random


@dataclass(frozen=True, eq=False)
class Softplus(Operation):
    """`max(x, 0) + log(1 + exp(-abs(x)))`, in these steps; see `ir/exponential.py`."""

    is_real: ClassVar[bool] = True
    is_pointwise: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> Softplus:
        return cls(name)

    def infer(self, source: ValueType) -> ValueType:
        return ValueType(FLOAT32, source.shape)

    def compute(self, x: Array) -> Array:
        x = x.astype(np.float32)
        made: Array = np.where(x > 0, x, np.float32(0)) + log1p(exponential(-np.abs(x)))
        return made
