"""The product of several values."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from math import prod
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import (
    FLOAT32,
    SIGNS,
    Array,
    Fixed,
    Operation,
    ValueType,
    common_dtype,
    integers,
)
from cbcnn_codegen.ir.drawing import Random
from cbcnn_codegen.ops.quantized_multiply import QuantizedMultiply


@dataclass(frozen=True, eq=False)
class Multiply(Operation):
    """Element by element, the product of two or more values of one shape; of signs, signs."""

    is_real: ClassVar[bool] = True
    is_integral: ClassVar[bool] = True
    keeps_width: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, *sources: ValueType) -> Multiply:
        return cls(name)

    def share_of_zeros(self, *sources: float) -> float:
        return 1 - prod(1 - share for share in sources)

    def infer(self, first: ValueType, *others: ValueType) -> ValueType:
        self.demand_one_shape(first, *others)
        elements = [first.element, *(other.element for other in others)]
        if all(element == SIGNS for element in elements):
            return first
        if any(element.kind == "float32" for element in elements):
            return ValueType(FLOAT32, first.shape)
        ends = itertools.product(*((element.low, element.high) for element in elements))
        products = [math.prod(factors) for factors in ends]
        return ValueType(integers(min(products), max(products)), first.shape)

    def on_fixed_point(
        self, sources: Sequence[Fixed], largest: float
    ) -> tuple[QuantizedMultiply, Fixed]:
        exact = sum(of.fraction_bits for of in sources)
        made = Fixed.of_power(largest, 16).at_most(exact).at_least(exact - 30)
        return QuantizedMultiply(self.name, exact - made.fraction_bits), made

    def compute(self, *sources: Array) -> Array:
        kind = common_dtype(*sources)
        product: Array = reduce(np.multiply, (source.astype(kind) for source in sources))
        return product
