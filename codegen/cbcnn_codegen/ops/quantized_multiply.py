"""The product of two values on scales that are powers of two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import Array, Operation, Shape, ValueType, integers
from cbcnn_codegen.ir.drawing import Random
from cbcnn_codegen.ir.fixed_point import LARGEST
from cbcnn_codegen.ir.shifts import shift_right


@dataclass(frozen=True, eq=False)
class QuantizedMultiply(Operation):
    """`a * b`, shifted to the right and rounded, cut to 16 bits; `b` may be one pixel."""

    right: int

    is_lowered: ClassVar[bool] = True
    is_quantized: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, *sources: ValueType) -> QuantizedMultiply:
        return cls(name, int(random.integers(0, 17)))

    def infer(self, first: ValueType, second: ValueType) -> ValueType:
        if second.shape != Shape(1, 1, first.shape.channels):
            self.demand_one_shape(first, second)
        largest = first.element.largest * second.element.largest
        if "float32" in (first.element.kind, second.element.kind) or largest >= 2**30:
            raise ValueError(f"{self.name}: products of {first}, {second}")
        return ValueType(integers(-LARGEST[16], LARGEST[16], 1, 16), first.shape)

    def compute(self, a: Array, b: Array) -> Array:
        shifted = shift_right(a.astype(np.int64) * b, self.right)
        return np.clip(shifted, -LARGEST[16], LARGEST[16]).astype(np.int32)
