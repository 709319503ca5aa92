"""Dense layer and comparison in one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cbcnn_codegen.ir import SIGNS, Array, BoolArray, Int32Array, Product, ValueType
from cbcnn_codegen.ir.drawing import Random, draw_comparison
from cbcnn_codegen.ops.dense import Dense, multiply
from cbcnn_codegen.ops.threshold import compare


@dataclass(frozen=True, eq=False)
class BinaryDense(Product):
    """Dense layer and comparison in one; fields as in `Dense` and `BinaryConv`."""

    thresholds: Int32Array | None
    complement: BoolArray | None

    is_lowered: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> BinaryDense:
        plain = Dense.draw(name, random, source)
        sums = plain.infer(source)
        if random.random() < 0.3:
            return cls(name, plain.weights, None, None)
        return cls(name, plain.weights, *draw_comparison(random, *sums.shape[2:], sums.element))

    def infer(self, source: ValueType) -> ValueType:
        sums = Dense(self.name, self.weights).infer(source)
        return sums if self.thresholds is None else sums._replace(element=SIGNS)

    def compute(self, x: Array) -> Array:
        sums = multiply(x, self.weights)
        if self.thresholds is None or self.complement is None:
            return sums
        return compare(sums, self.thresholds, self.complement)
