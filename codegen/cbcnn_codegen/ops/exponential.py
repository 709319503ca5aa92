"""The exponential function of a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import FLOAT32, Array, Operation, ValueType, exponential
from cbcnn_codegen.ir.drawing import Random


@dataclass(frozen=True, eq=False)
class Exponential(Operation):
    """`exp(x)`; see `ir/exponential.py`. Numbers above 88 count as 88."""

    is_real: ClassVar[bool] = True
    is_pointwise: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> Exponential:
        return cls(name)

    def infer(self, source: ValueType) -> ValueType:
        return ValueType(FLOAT32, source.shape)

    def compute(self, x: Array) -> Array:
        x = x.astype(np.float32)
        return exponential(x)
