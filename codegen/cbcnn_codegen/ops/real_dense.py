"""A dense layer with real weights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import (
    FLOAT32,
    Array,
    Float32Array,
    Line,
    Operation,
    Shape,
    ValueType,
    Window,
    multiply_add,
)
from cbcnn_codegen.ir.drawing import Random
from cbcnn_codegen.ops.quantized_conv import QuantizedConv
from cbcnn_codegen.ops.real_conv import RealConv


@dataclass(frozen=True, eq=False)
class RealDense(Operation):
    """Sums of products with real weights, in the order of `RealConv`.

    Attributes:
        weights: units x height x width x channels of the map.
        bias: one for each unit; None for none.
    """

    weights: Float32Array
    bias: Float32Array | None = None

    is_real: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> RealDense:
        units = int(random.integers(1, 12))
        weights = random.normal(0, 1, (units, *source.shape)).astype(np.float32)
        bias = random.normal(0, 1, units).astype(np.float32) if random.random() < 0.7 else None
        return cls(name, weights, bias)

    def infer(self, source: ValueType) -> ValueType:
        if self.weights.shape[1:] != source.shape:
            raise ValueError(f"{self.name}: weights {self.weights.shape} on {source.shape}")
        return ValueType(FLOAT32, Shape(1, 1, len(self.weights)))

    def compute(self, x: Array) -> Array:
        flat = x.reshape(len(x), -1).astype(np.float32)
        weights = self.weights.reshape(len(self.weights), -1)
        sums = np.zeros((len(x), len(weights)), np.float32)
        for index in range(flat.shape[1]):
            sums = multiply_add(flat[:, index, None], weights[:, index], sums)
        made: Array = sums if self.bias is None else sums + self.bias
        return made.reshape(len(x), 1, 1, -1)

    def sums_of_integers(self, scale: float) -> tuple[QuantizedConv, Line]:
        """Those of a convolution whose window is the map."""
        window = Window(self.weights.shape[1], self.weights.shape[2], 1, 1)
        return RealConv(self.name, self.weights, window, self.bias).sums_of_integers(scale)

    def on_map(self, shape: Shape) -> RealDense:
        return replace(self, weights=self.weights.reshape(len(self.weights), *shape))
