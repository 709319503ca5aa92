"""The sum of two values on scales that are powers of two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import Array, Element, Operation, ValueType, integers
from cbcnn_codegen.ir.drawing import Random
from cbcnn_codegen.ir.fixed_point import LARGEST
from cbcnn_codegen.ir.shifts import shift_right


@dataclass(frozen=True, eq=False)
class QuantizedAdd(Operation):
    """`(a << left[0]) + (b << left[1])`, shifted to the right and rounded, cut to 16 bits."""

    left: tuple[int, int]
    right: int

    is_lowered: ClassVar[bool] = True
    is_quantized: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, *sources: ValueType) -> QuantizedAdd:
        left = int(random.integers(0, 8)), int(random.integers(0, 8))
        return cls(name, left, int(random.integers(0, 9)))

    def infer(self, first: ValueType, second: ValueType) -> ValueType:
        self.demand_one_shape(first, second)
        pairs = zip((first, second), self.left, strict=True)
        largest = sum(_largest(of.element, self.name) << left for of, left in pairs)
        if min(*self.left, self.right) < 0 or largest + (1 << self.right) >= 2**31:
            raise ValueError(f"{self.name}: {self.left} and {self.right} for {first}, {second}")
        return ValueType(integers(-LARGEST[16], LARGEST[16], 1, 16), first.shape)

    def compute(self, a: Array, b: Array) -> Array:
        total = (a.astype(np.int64) << self.left[0]) + (b.astype(np.int64) << self.left[1])
        return np.clip(shift_right(total, self.right), -LARGEST[16], LARGEST[16]).astype(np.int32)


def _largest(element: Element, name: str) -> int:
    if element.kind == "float32":
        raise ValueError(f"{name}: {element} is no integer")
    return element.largest
