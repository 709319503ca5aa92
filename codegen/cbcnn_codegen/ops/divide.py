"""A division by one number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cbcnn_codegen.ir import Float32Array, FloatArray, Monotone, Rounding, Shape, ValueType
from cbcnn_codegen.ir.drawing import Random


@dataclass(frozen=True, eq=False)
class Divide(Monotone):
    """`x / divisor`, rounded once: of the sum of n numbers, their mean."""

    divisor: int

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> Divide:
        return cls(name, int(random.choice([1, 2, 3, 4, 9, 49, 64])))

    def check(self) -> None:
        if self.divisor < 1:
            raise ValueError(f"{self.name}: divides by {self.divisor}")

    def evaluate(self, x: FloatArray, rounding: Rounding) -> FloatArray:
        quotient: FloatArray = x / rounding.dtype(self.divisor)
        return quotient

    def as_affine(self, channels: int) -> tuple[Float32Array, Float32Array]:
        share = np.float32(1) / np.float32(self.divisor)
        return np.full(channels, share, np.float32), np.zeros(channels, np.float32)

    def on_map(self, shape: Shape) -> Divide:
        return self
