"""Channels behind each other, of two values on scales that are powers of two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import Array, Operation, ValueType, integers
from cbcnn_codegen.ir.drawing import Random
from cbcnn_codegen.ir.shifts import shift_right


@dataclass(frozen=True, eq=False)
class QuantizedConcatenate(Operation):
    """The channels of the first value, then those of the second, shifted to the right and rounded.

    Attributes:
        right: bits by which each is shifted.
    """

    right: tuple[int, int]

    is_lowered: ClassVar[bool] = True
    is_quantized: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, *sources: ValueType) -> QuantizedConcatenate:
        return cls(name, (int(random.integers(0, 6)), int(random.integers(0, 6)) % 4))

    def infer(self, first: ValueType, second: ValueType) -> ValueType:
        kinds = {first.element.kind, second.element.kind}
        if first.shape[:2] != second.shape[:2] or "float32" in kinds:
            raise ValueError(f"{self.name}: {first}, {second}")
        largest = max(first.element.largest, second.element.largest)
        channels = first.shape.channels + second.shape.channels
        shape = first.shape._replace(channels=channels)
        return ValueType(integers(-largest, largest, 1, 16), shape)

    def compute(self, a: Array, b: Array) -> Array:
        parts = [
            shift_right(part.astype(np.int64), right)
            for part, right in zip((a, b), self.right, strict=True)
        ]
        return np.concatenate(parts, axis=-1).astype(np.int32)
