"""Accumulators to class scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from cbcnn_codegen.ir import (
    FLOAT32,
    Array,
    Float32Array,
    FloatArray,
    Operation,
    ValueType,
    flush_denormals,
)
from cbcnn_codegen.ir.drawing import Random


@dataclass(frozen=True, eq=False)
class Scores(Operation):
    """Accumulators to scores, `float32(float32(x * multiplier) + offset)`, a pair per score.

    Of a map there may be a pair per channel instead.

    Both roundings are IEEE 754 float32, half to even; there is no fused multiply-add. This order is
    the contract for float logits; the integer scores of the C are the same numbers in fixed point.
    """

    multiplier: Float32Array
    offset: Float32Array

    is_lowered: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> Scores:
        """Numbers of every size that scores may have, and zeros."""
        values = random.normal(0, 1, (2, source.shape.size)) * 2.0 ** random.integers(-20, 20)
        values[random.random(values.shape) < 0.1] = 0
        return cls(name, *values.astype(np.float32))

    def infer(self, source: ValueType) -> ValueType:
        if self.multiplier.shape not in ((source.shape.size,), (source.shape.channels,)):
            raise ValueError(f"{self.name}: {self.multiplier.shape} for {source}")
        return ValueType(FLOAT32, source.shape)

    def compute(self, x: Array) -> Array:
        flat = x.reshape(len(x), -1, len(self.multiplier))
        return affine_scores(flat, self.multiplier, self.offset).reshape(x.shape)


def affine_scores(
    accumulators: npt.NDArray[Any], multiplier: Float32Array, offset: Float32Array
) -> FloatArray:
    """`float32(float32(x * multiplier) + offset)`; `x` below 2**24 is exact in float32."""
    scaled = flush_denormals(accumulators.astype(np.float32) * multiplier)
    return flush_denormals(scaled + offset)
