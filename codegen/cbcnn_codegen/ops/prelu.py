"""A line that bends at zero, with a slope for each channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import (
    Float32Array,
    FloatArray,
    Line,
    Monotone,
    Rounding,
    Shape,
    ValueType,
    flush_denormals,
)
from cbcnn_codegen.ir.drawing import Random
from cbcnn_codegen.ops.lower_bend import LowerBend
from cbcnn_codegen.ops.relu import Relu


@dataclass(frozen=True, eq=False)
class Prelu(Monotone):
    """`x` where it is positive, else `x * slope`, one slope per channel, of any sign.

    It rises everywhere if no slope is negative; else some channels fall and then rise.
    """

    slopes: Float32Array

    is_step: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> Prelu:
        slopes = random.normal(0.1, 0.3, source.shape.channels).astype(np.float32)
        return cls(name, slopes)

    @property
    def is_monotone(self) -> bool:
        return bool((self.slopes >= 0).all())

    def halves(self) -> tuple[Monotone, Monotone] | None:
        if self.is_monotone:
            return None
        return Relu(self.name), LowerBend(self.name, self.slopes)

    def infer(self, source: ValueType) -> ValueType:
        if self.slopes.shape != (source.shape.channels,):
            raise ValueError(f"{self.name}: {self.slopes.shape} slopes for {source}")
        return super().infer(source)

    def extend(self, line: Line) -> Line | None:
        return line.bent(self.slopes)

    def evaluate(self, x: FloatArray, rounding: Rounding) -> FloatArray:
        below = flush_denormals(x * self.slopes.astype(rounding.dtype))
        bent: FloatArray = np.where(x > 0, x, below)
        return bent

    def on_map(self, shape: Shape) -> Prelu | None:
        return self if shape.height * shape.width == 1 else None
