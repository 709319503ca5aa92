"""A convolution with binary weights."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cbcnn_codegen.ir import Array, Int8Array, Product, Shape, ValueType, Window
from cbcnn_codegen.ir.drawing import Random, draw_channels, draw_signs, draw_window
from cbcnn_codegen.ops.dense import Dense


@dataclass(frozen=True, eq=False)
class Conv(Product):
    """Sums of products with binary weights.

    Attributes:
        weights: -1/+1, OHWI.
        window: kernel size, strides, resolved padding.
        pad: what a padding pixel counts as, in the unit of the values that are read.
    """

    window: Window
    pad: float = 0.0

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> Conv:
        """Padding values that Keras accepts: multiples of a scale of 1/128 or 1/256."""
        window = draw_window(random, source.shape, (1, 2, 3, 3, 5), 2)
        pads = {"signs": (0, 0, 1, -1), "integers": (0, 0, 1, -1, 7, -128)}
        values = pads.get(source.element.kind, (0, 0, 1, -1, 0.5, -0.25))
        pad = float(random.choice(values)) if any(window.padding) else 0.0
        shape = (draw_channels(random), window.height, window.width, source.shape.channels)
        return cls(name, draw_signs(random, *shape), window, pad)

    def infer(self, source: ValueType) -> ValueType:
        height, width, channels = self.window.height, self.window.width, source.shape.channels
        if self.weights.shape[1:] != (height, width, channels):
            raise ValueError(f"{self.name}: weights {self.weights.shape} on {source.shape}")
        shape = self.window.output_shape(source.shape, len(self.weights))
        element = self.sums(source.element, self.window.padding, self.pad)
        return ValueType(element, shape)

    def compute(self, x: Array) -> Array:
        return convolve(x, self.weights, self.window, self.pad)

    def on_map(self, shape: Shape) -> Product | None:
        """One tap of the window meets the one pixel; all others meet the padding."""
        if shape.height * shape.width == 1:
            return self
        top, left = self.window.padding[:2]
        if self.pad != 0 and any(self.window.padding):
            return None
        return Dense(self.name, self.weights[:, top : top + 1, left : left + 1]).on_map(shape)

    def on_integers(self, scale: float) -> Conv:
        return replace(self, pad=float(round(self.pad / scale)))


def convolve(x: Array, weights: Int8Array, window: Window, pad: float) -> Array:
    """The sums of a convolution: of integers exactly, as int32; of float32 as float32.

    One matrix product makes them, which is exact for integers because every sum stays below 2**24.

    Args:
        x: N x height x width x channels.
        weights: -1/+1, OHWI.
        window: kernel size, strides and padding.
        pad: what a padding pixel counts as.
    """
    top, left, bottom, right = window.padding
    around = ((0, 0), (top, bottom), (left, right), (0, 0))
    padded = np.pad(x.astype(np.float32), around, constant_values=np.float32(pad))
    height, width = window.output_size(x.shape[1], x.shape[2])
    taps = []
    for row in range(window.height):
        rows = slice(row, row + (height - 1) * window.stride_height + 1, window.stride_height)
        for column in range(window.width):
            end = column + (width - 1) * window.stride_width + 1
            taps.append(padded[:, rows, column : end : window.stride_width])
    receptive_fields = np.concatenate(taps, axis=-1)
    flat = weights.reshape(len(weights), -1).T.astype(np.float32)
    sums: Array = receptive_fields.reshape(-1, len(flat)) @ flat
    exact = sums.astype(np.int32) if np.issubdtype(x.dtype, np.integer) else sums
    return exact.reshape(len(x), height, width, -1)
