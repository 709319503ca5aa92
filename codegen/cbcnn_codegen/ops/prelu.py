"""A line that bends at zero, with a slope for each channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import (
    FLOAT32,
    Array,
    Float32Array,
    Line,
    Operation,
    ValueType,
    flush_denormals,
)
from cbcnn_codegen.ir.drawing import Random


@dataclass(frozen=True, eq=False)
class Prelu(Operation):
    """`x` where it is positive, else `x * slope`, one slope per channel, of any sign."""

    slopes: Float32Array

    is_real: ClassVar[bool] = True
    is_step: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> Prelu:
        slopes = random.normal(0.1, 0.3, source.shape.channels).astype(np.float32)
        return cls(name, slopes)

    def infer(self, source: ValueType) -> ValueType:
        if self.slopes.shape != (source.shape.channels,):
            raise ValueError(f"{self.name}: {self.slopes.shape} slopes for {source}")
        return ValueType(FLOAT32, source.shape)

    def extend(self, line: Line) -> Line | None:
        return line.bent(self.slopes)

    def compute(self, x: Array) -> Array:
        x = x.astype(np.float32)
        bent: Array = np.where(x > 0, x, flush_denormals(x * self.slopes))
        return bent
