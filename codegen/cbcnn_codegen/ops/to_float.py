"""Integers as floats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import FLOAT32, Array, Operation, ValueType
from cbcnn_codegen.ir.drawing import Random


@dataclass(frozen=True, eq=False)
class ToFloat(Operation):
    """Signs or integers as float32, which is exact, times `scale`, which is rounded once."""

    scale: float = 1.0

    is_lowered: ClassVar[bool] = True
    reads_narrow: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> ToFloat:
        return cls(name, float(np.float32(random.choice([1.0, 1 / 128, 1 / 255, 0.3]))))

    def infer(self, source: ValueType) -> ValueType:
        if source.element.kind == "float32":
            raise ValueError(f"{self.name}: {source} is float already")
        return ValueType(FLOAT32, source.shape)

    def compute(self, x: Array) -> Array:
        return x.astype(np.float32) * np.float32(self.scale)
