"""The part of a bent line that lies below zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import (
    BoolArray,
    Float32Array,
    FloatArray,
    Monotone,
    Rounding,
    ValueType,
    flush_denormals,
)
from cbcnn_codegen.ir.drawing import Random


@dataclass(frozen=True, eq=False)
class LowerBend(Monotone):
    """0 where `x` is positive, else `x * slope`, one slope per channel; no kernel computes it."""

    slopes: Float32Array

    is_real: ClassVar[bool] = False

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> LowerBend:
        return cls(name, random.normal(0, 1, source.shape.channels).astype(np.float32))

    def evaluate(self, x: FloatArray, rounding: Rounding) -> FloatArray:
        below = flush_denormals(x * self.slopes.astype(rounding.dtype))
        bent: FloatArray = np.where(x > 0, rounding.dtype(0), below)
        return bent

    def falls(self, channels: int) -> BoolArray:
        falling: BoolArray = self.slopes < 0
        return falling
