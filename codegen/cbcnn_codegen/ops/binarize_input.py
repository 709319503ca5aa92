"""The image becomes signs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import SIGNS, Array, BoolArray, Int32Array, Operation, ValueType
from cbcnn_codegen.ir.drawing import Random
from cbcnn_codegen.ops.threshold import compare


@dataclass(frozen=True, eq=False)
class BinarizeInput(Operation):
    """The image itself becomes signs, by one threshold per channel; see `Threshold`."""

    thresholds: Int32Array
    complement: BoolArray

    is_lowered: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> BinarizeInput:
        """Thresholds that the integers reach about as often as not."""
        low, high, channels = source.element.low, source.element.high, source.shape.channels
        thresholds = random.integers(low, high + 2, channels).astype(np.int32)
        return cls(name, thresholds, random.random(channels) < 0.4)

    def infer(self, source: ValueType) -> ValueType:
        if self.thresholds.shape != (source.shape.channels,):
            raise ValueError(f"{self.name}: {self.thresholds.shape} thresholds for {source}")
        return ValueType(SIGNS, source.shape)

    def compute(self, x: Array) -> Array:
        return compare(x, self.thresholds, self.complement)
