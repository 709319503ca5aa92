"""The larger of several values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import FLOAT32, Array, Operation, ValueType
from cbcnn_codegen.ir.drawing import Random


@dataclass(frozen=True, eq=False)
class Maximum(Operation):
    """Element by element, the largest of two or more values of one shape; of zeros the first."""

    is_real: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, *sources: ValueType) -> Maximum:
        return cls(name)

    def infer(self, first: ValueType, *others: ValueType) -> ValueType:
        self.demand_one_shape(first, *others)
        return ValueType(FLOAT32, first.shape)

    def compute(self, *sources: Array) -> Array:
        return reduce(_larger, (source.astype(np.float32) for source in sources))


def _larger(first: Array, second: Array) -> Array:
    return np.where(second > first, second, first)
