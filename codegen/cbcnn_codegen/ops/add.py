"""The sum of several values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from math import prod
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import FLOAT32, Array, Fixed, Operation, ValueType, common_dtype, integers
from cbcnn_codegen.ir.drawing import Random
from cbcnn_codegen.ops.quantized_add import QuantizedAdd


@dataclass(frozen=True, eq=False)
class Add(Operation):
    """Element by element, the sum of two or more values of one shape, from the first one on."""

    is_real: ClassVar[bool] = True
    is_integral: ClassVar[bool] = True
    keeps_width: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, *sources: ValueType) -> Add:
        return cls(name)

    def share_of_zeros(self, *sources: float) -> float:
        return prod(sources)

    def infer(self, first: ValueType, *others: ValueType) -> ValueType:
        self.demand_one_shape(first, *others)
        elements = [first.element, *(other.element for other in others)]
        if any(element.kind == "float32" for element in elements):
            return ValueType(FLOAT32, first.shape)
        low, high = sum(of.low for of in elements), sum(of.high for of in elements)
        step = int(np.gcd.reduce([element.step for element in elements]))
        return ValueType(integers(low, high, step), first.shape)

    def on_fixed_point(
        self, sources: Sequence[Fixed], largest: float
    ) -> tuple[QuantizedAdd, Fixed]:
        """Both on the finer scale, then on that of the sum."""
        first, second = (of.fraction_bits for of in sources)
        finest = max(first, second)
        made = Fixed.of_power(largest, 16).at_most(finest)
        left = finest - first, finest - second
        return QuantizedAdd(self.name, left, finest - made.fraction_bits), made

    def compute(self, *sources: Array) -> Array:
        common = common_dtype(*sources)
        kind = np.dtype(np.int32) if common == np.int8 else common
        total: Array = reduce(np.add, (source.astype(kind) for source in sources))
        return total
