"""Sums over a window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import NO_PADDING, Array, Operation, ValueType, Window, integers
from cbcnn_codegen.ir.drawing import Random


@dataclass(frozen=True, eq=False)
class SumPool(Operation):
    """The sum of the signs or integers under each place of a window, which lies on the map."""

    window: Window

    is_lowered: ClassVar[bool] = True
    makes_narrow: ClassVar[bool] = True
    reads_narrow: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> SumPool:
        height, width = source.shape[:2]
        if random.random() < 0.5:
            return cls(name, Window(height, width, 1, 1))
        rows, columns = (int(random.integers(1, min(size, 3) + 1)) for size in (height, width))
        down, right = (int(random.integers(1, 4)) for _ in range(2))
        return cls(name, Window(rows, columns, down, right))

    @property
    def values(self) -> int:
        """Number of values in a sum."""
        return self.window.height * self.window.width

    def check(self) -> None:
        if self.window.padding != NO_PADDING:
            raise ValueError(f"{self.name}: {self.window}")

    def infer(self, source: ValueType) -> ValueType:
        element, count = source.element, self.values
        if element.kind == "float32":
            raise ValueError(f"{self.name}: {source} is float")
        made = integers(count * element.low, count * element.high, element.step)
        return ValueType(made, self.window.output_shape(source.shape, source.shape.channels))

    def compute(self, x: Array) -> Array:
        window = self.window
        height, width = window.output_size(x.shape[1], x.shape[2])
        sums = np.zeros((len(x), height, width, x.shape[3]), np.int32)
        for row in range(window.height):
            rows = slice(row, row + (height - 1) * window.stride_height + 1, window.stride_height)
            for column in range(window.width):
                end = column + (width - 1) * window.stride_width + 1
                sums += x[:, rows, column : end : window.stride_width]
        return sums
