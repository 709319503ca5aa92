"""Average pooling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import FLOAT32, Array, Fixed, Float32Array, Operation, ValueType, Window
from cbcnn_codegen.ir.drawing import Random, draw_pool
from cbcnn_codegen.ops.quantized_average import QuantizedAverage

LANES = 4
"""Sums of their own that TensorFlow makes of a whole map."""


@dataclass(frozen=True, eq=False)
class AveragePool(Operation):
    """Mean over a window, padding left out: a sum in a documented order, divided by the number.

    Attributes:
        window: of the pooling.
        lanes: 1, and the sum goes row by row from 0 on; or 4, and as long as four pixels are left
            four sums take one each, which are then added in their order, and the pixels that are
            left follow. The latter is what TensorFlow does in GlobalAveragePooling2D.
    """

    window: Window
    lanes: int = 1

    is_real: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> AveragePool:
        if random.random() < 0.4:
            return cls(name, Window(*source.shape[:2], 1, 1), LANES)
        return cls(name, draw_pool(random, source.shape))

    def check(self) -> None:
        if self.lanes not in (1, LANES):
            raise ValueError(f"{self.name}: {self.lanes} lanes")

    def infer(self, source: ValueType) -> ValueType:
        shape = self.window.output_shape(source.shape, source.shape.channels)
        return ValueType(FLOAT32, shape)

    def on_channels(self, channels: slice, count: int) -> AveragePool:
        return self

    def on_fixed_point(
        self, sources: Sequence[Fixed], largest: float
    ) -> tuple[QuantizedAverage, Fixed]:
        """On a finer scale where the means are smaller."""
        (source,) = sources
        most = 29 - (source.element.largest * self.window.height * self.window.width).bit_length()
        finer = Fixed.of_power(largest, 16).fraction_bits - source.fraction_bits
        left = max(min(finer, most), 0)
        made = source.with_fraction_bits(source.fraction_bits + left)
        return QuantizedAverage(self.name, self.window, left), made

    def compute(self, x: Array) -> Array:
        height, width = self.window.output_size(x.shape[1], x.shape[2])
        means = np.zeros((len(x), height, width, x.shape[3]), np.float32)
        for row in range(height):
            rows = self._under(0, row, x.shape[1])
            for column in range(width):
                part = x[:, rows, self._under(1, column, x.shape[2])].astype(np.float32)
                pixels = part.reshape(len(x), -1, x.shape[3]).swapaxes(0, 1)
                means[:, row, column] = self._sum(pixels) / np.float32(len(pixels))
        return means

    def _sum(self, pixels: Float32Array) -> Float32Array:
        """The sum of pixels, the first axis."""
        in_lanes = len(pixels) - len(pixels) % self.lanes
        sums = np.zeros((LANES, *pixels.shape[1:]), np.float32)
        for start in range(0, in_lanes, self.lanes):
            sums[: self.lanes] += pixels[start : start + self.lanes]
        total: Float32Array = ((sums[0] + sums[1]) + sums[2]) + sums[3]
        for pixel in pixels[in_lanes:]:
            total = total + pixel
        return total

    def _under(self, axis: int, index: int, size: int) -> slice:
        window = self.window
        step = (window.stride_height, window.stride_width)[axis]
        start = index * step - window.padding[axis]
        return slice(max(start, 0), min(start + (window.height, window.width)[axis], size))
