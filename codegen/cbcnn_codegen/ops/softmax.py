"""Shares of one, pixel by pixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import FLOAT32, Array, Operation, ValueType, exponential
from cbcnn_codegen.ir.drawing import Random


@dataclass(frozen=True, eq=False)
class Softmax(Operation):
    """`exp(x - largest)` of the channels of each pixel, divided by their sum from the first on."""

    is_real: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> Softmax:
        return cls(name)

    def infer(self, source: ValueType) -> ValueType:
        return ValueType(FLOAT32, source.shape)

    def compute(self, x: Array) -> Array:
        x = x.astype(np.float32)
        powers = exponential(x - x.max(axis=-1, keepdims=True))
        total = np.zeros(x.shape[:-1], np.float32)
        for channel in range(x.shape[-1]):
            total = total + powers[..., channel]
        shares: Array = powers / total[..., None]
        return shares
