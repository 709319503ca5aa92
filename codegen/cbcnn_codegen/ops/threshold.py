"""Accumulators to signs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import SIGNS, Array, BoolArray, Int32Array, Operation, ValueType
from cbcnn_codegen.ir.drawing import Random


@dataclass(frozen=True, eq=False)
class Threshold(Operation):
    """Integers to signs: +1 where `(x >= threshold) != complement`, one pair per channel.

    A channel that never depends on `x` has a threshold at or below the smallest integer.
    """

    thresholds: Int32Array
    complement: BoolArray

    is_narrow: ClassVar[bool] = True
    is_integral: ClassVar[bool] = True
    reads_narrow: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> Threshold:
        """Thresholds that the integers reach about as often as not."""
        low, high, channels = source.element.low, source.element.high, source.shape.channels
        thresholds = random.integers(low, high + 2, channels).astype(np.int32)
        return cls(name, thresholds, random.random(channels) < 0.4)

    def infer(self, source: ValueType) -> ValueType:
        if self.thresholds.shape != (source.shape.channels,) or source.element.kind == "float32":
            raise ValueError(f"{self.name}: {self.thresholds.shape} thresholds for {source}")
        return ValueType(SIGNS, source.shape)

    def compute(self, x: Array) -> Array:
        return compare(x, self.thresholds, self.complement)


def compare(x: Array, thresholds: Int32Array, complement: BoolArray) -> Array:
    """+1 where `(x >= threshold) != complement`, else -1."""
    return np.where((x >= thresholds) != complement, np.int8(1), np.int8(-1))
