"""Binarization."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from cbcnn_codegen.ir import SIGNS, Array, FloatArray, Monotone, Rounding, Shape, ValueType
from cbcnn_codegen.ir.drawing import Random


@dataclass(frozen=True, eq=False)
class Sign(Monotone):
    """-1 or +1; `zero` is what 0 becomes: +1 in Larq, -1 in the CBCNN authors' layers."""

    zero: Literal[-1, 1]

    is_quantizer: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> Sign:
        return cls(name, -1 if random.random() < 0.25 else 1)

    def infer(self, source: ValueType) -> ValueType:
        return ValueType(SIGNS, source.shape)

    def compute(self, x: Array) -> Array:
        positive = x >= 0 if self.zero > 0 else x > 0
        return np.where(positive, np.int8(1), np.int8(-1))

    def evaluate(self, x: FloatArray, rounding: Rounding) -> FloatArray:
        return self.compute(x).astype(rounding.dtype)

    def on_map(self, shape: Shape) -> Sign:
        return self
