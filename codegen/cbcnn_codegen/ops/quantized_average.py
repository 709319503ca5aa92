"""Average pooling of integers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import Array, Operation, ValueType, Window, integers
from cbcnn_codegen.ir.drawing import Random, draw_pool
from cbcnn_codegen.ir.fixed_point import LARGEST
from cbcnn_codegen.ir.shifts import divide


@dataclass(frozen=True, eq=False)
class QuantizedAverage(Operation):
    """The sum over a window, padding left out, times `2**left`, divided by the number of pixels.

    Rounded to the nearest, halves up, and cut to 16 bits.
    """

    window: Window
    left: int = 0

    is_lowered: ClassVar[bool] = True
    is_quantized: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> QuantizedAverage:
        if random.random() < 0.4:
            return cls(name, Window(*source.shape[:2], 1, 1), int(random.integers(0, 4)))
        return cls(name, draw_pool(random, source.shape), int(random.integers(0, 4)))

    def infer(self, source: ValueType) -> ValueType:
        area = self.window.height * self.window.width
        if source.element.kind == "float32" or source.element.largest * area << self.left >= 2**29:
            raise ValueError(f"{self.name}: sums of {source}")
        shape = self.window.output_shape(source.shape, source.shape.channels)
        return ValueType(integers(-LARGEST[16], LARGEST[16], 1, 16), shape)

    def compute(self, x: Array) -> Array:
        height, width = self.window.output_size(x.shape[1], x.shape[2])
        made = np.zeros((len(x), height, width, x.shape[3]), np.int64)
        for row, column in np.ndindex(height, width):
            part = x[:, self._under(0, row, x.shape[1]), self._under(1, column, x.shape[2])]
            pixels = part.reshape(len(x), -1, x.shape[3]).astype(np.int64)
            made[:, row, column] = divide(pixels.sum(axis=1) << self.left, pixels.shape[1])
        return np.clip(made, -LARGEST[16], LARGEST[16]).astype(np.int32)

    def _under(self, axis: int, index: int, size: int) -> slice:
        window = self.window
        start = index * (window.stride_height, window.stride_width)[axis] - window.padding[axis]
        return slice(max(start, 0), min(start + (window.height, window.width)[axis], size))
