"""Max pooling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import Array, Fixed, Operation, ValueType, Window
from cbcnn_codegen.ir.drawing import Random, draw_window


@dataclass(frozen=True, eq=False)
class MaxPool(Operation):
    """Maximum over a window, padding left out. On all kinds of values alike."""

    window: Window

    is_real: ClassVar[bool] = True
    is_narrow: ClassVar[bool] = True
    is_integral: ClassVar[bool] = True
    keeps_width: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> MaxPool:
        return cls(name, draw_window(random, source.shape, (2, 2, 3), 3))

    def share_of_zeros(self, *sources: float) -> float:
        return sources[0] ** max(self.window.height, self.window.width)

    def infer(self, source: ValueType) -> ValueType:
        shape = self.window.output_shape(source.shape, source.shape.channels)
        return source._replace(shape=shape)

    def compute(self, x: Array) -> Array:
        return max_pool(x, self.window)

    def on_channels(self, channels: slice, count: int) -> MaxPool:
        return self

    def on_fixed_point(self, sources: Sequence[Fixed], largest: float) -> tuple[MaxPool, Fixed]:
        return self, sources[0]

    def on_integers(self, scale: float) -> MaxPool:
        return self


def max_pool(x: Array, window: Window) -> Array:
    """Maximum over a window; padding never wins."""
    top, left, bottom, right = window.padding
    lowest = np.iinfo(x.dtype).min if np.issubdtype(x.dtype, np.integer) else -np.inf
    around = ((0, 0), (top, bottom), (left, right), (0, 0))
    padded = np.pad(x, around, constant_values=lowest)
    height, width = window.output_size(x.shape[1], x.shape[2])
    result: Array | None = None
    for row in range(window.height):
        rows = slice(row, row + (height - 1) * window.stride_height + 1, window.stride_height)
        for column in range(window.width):
            end = column + (width - 1) * window.stride_width + 1
            part = padded[:, rows, column : end : window.stride_width]
            result = part if result is None else _larger(result, part)
    assert result is not None, "a window has at least one row and one column"
    return result


def _larger(first: Array, second: Array) -> Array:
    """The larger of two numbers; of zeros with different signs, the first one."""
    if np.issubdtype(first.dtype, np.integer):
        larger: Array = np.maximum(first, second)
        return larger
    return np.where(second > first, second, first)
