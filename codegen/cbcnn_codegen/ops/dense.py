"""A dense layer with binary weights."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cbcnn_codegen.ir import Array, Int8Array, Product, Shape, ValueType
from cbcnn_codegen.ir.drawing import Random, draw_channels, draw_signs


@dataclass(frozen=True, eq=False)
class Dense(Product):
    """Sums of products with binary weights: -1/+1, units x height x width x channels."""

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> Dense:
        return cls(name, draw_signs(random, draw_channels(random), *source.shape))

    def infer(self, source: ValueType) -> ValueType:
        if self.weights.shape[1:] != source.shape:
            raise ValueError(f"{self.name}: weights {self.weights.shape} on {source.shape}")
        return ValueType(self.sums(source.element), Shape(1, 1, len(self.weights)))

    def compute(self, x: Array) -> Array:
        return multiply(x, self.weights)

    def on_map(self, shape: Shape) -> Dense:
        return replace(self, weights=self.weights.reshape(len(self.weights), *shape))

    def on_integers(self, scale: float) -> Dense:
        return self


def multiply(x: Array, weights: Int8Array) -> Array:
    """The sums of a dense layer, N x 1 x 1 x units: of integers exactly, as int32."""
    flat = x.reshape(len(x), -1).astype(np.float32)
    sums: Array = flat @ weights.reshape(len(weights), -1).T.astype(np.float32)
    exact = sums.astype(np.int32) if np.issubdtype(x.dtype, np.integer) else sums
    return exact.reshape(len(x), 1, 1, -1)
