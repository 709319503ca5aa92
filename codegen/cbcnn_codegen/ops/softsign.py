"""A line that bends towards -1 and 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import FLOAT32, Array, Operation, ValueType
from cbcnn_codegen.ir.drawing import Random


@dataclass(frozen=True, eq=False)
class Softsign(Operation):
    """`x / (1 + abs(x))`."""

    is_real: ClassVar[bool] = True
    is_pointwise: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> Softsign:
        return cls(name)

    def infer(self, source: ValueType) -> ValueType:
        return ValueType(FLOAT32, source.shape)

    def compute(self, x: Array) -> Array:
        x = x.astype(np.float32)
        made: Array = x / (np.float32(1) + np.abs(x))
        return made
