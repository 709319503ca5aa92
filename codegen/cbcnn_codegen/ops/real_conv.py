"""A convolution with real weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import (
    FLOAT32,
    Array,
    Float32Array,
    Line,
    Operation,
    ValueType,
    Window,
    multiply_add,
)
from cbcnn_codegen.ir.drawing import Random, draw_window
from cbcnn_codegen.ir.fixed_point import LARGEST
from cbcnn_codegen.ops.quantized_conv import QuantizedConv


@dataclass(frozen=True, eq=False)
class RealConv(Operation):
    """Sums of products with real weights, and a bias, in one documented order.

    A sum starts from 0 and takes one product after the other, each with a fused multiply-add, in
    the order row, column, channel; taps outside of the map are left out; then the bias is added.
    That is what TensorFlow's oneDNN build does on x86.

    Attributes:
        weights: OHWI; with groups, I are the channels of one group.
        window: what the taps span, strides, resolved padding.
        bias: one for each output channel; None for none.
        dilation: rows and columns from one tap to the next.
        groups: of input channels, each read by as many output channels; as many as channels in a
            depthwise convolution.
    """

    weights: Float32Array
    window: Window
    bias: Float32Array | None = None
    dilation: tuple[int, int] = (1, 1)
    groups: int = 1

    is_real: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> RealConv:
        """Plain, grouped and depthwise ones, now and then with taps apart."""
        shape = source.shape
        window = draw_window(random, shape, (1, 2, 3, 3, 5), 2)
        apart = random.random() < 0.2 and min(shape[:2]) >= 5
        if apart:
            window = Window(5, 3, 1, 1)
        taps = (3, 2) if apart else window[:2]
        groups = shape.channels if random.random() < 0.4 else 1
        filters = (
            groups * int(random.choice([1, 2, 3])) if groups > 1 else int(random.choice(12)) + 1
        )
        weights = random.normal(0, 1, (filters, *taps, shape.channels // groups))
        weights[random.random(weights.shape) < 0.1] = 0
        bias = random.normal(0, 1, filters).astype(np.float32) if random.random() < 0.5 else None
        dilation = (2, 2) if apart else (1, 1)
        return cls(name, weights.astype(np.float32), window, bias, dilation, groups)

    def check(self) -> None:
        taps = self.weights.shape[1:3]
        spans = tuple((n - 1) * step + 1 for n, step in zip(taps, self.dilation, strict=True))
        if spans != self.window[:2] or len(self.weights) % self.groups:
            raise ValueError(f"{self.name}: {taps} taps, {self.dilation} apart, in {self.window}")

    def infer(self, source: ValueType) -> ValueType:
        if self.weights.shape[3] * self.groups != source.shape.channels:
            raise ValueError(f"{self.name}: weights {self.weights.shape} on {source.shape}")
        return ValueType(FLOAT32, self.window.output_shape(source.shape, len(self.weights)))

    def compute(self, x: Array) -> Array:
        height, width = self.window.output_size(x.shape[1], x.shape[2])
        sums = np.zeros((len(x), height, width, len(self.weights)), np.float32)
        x = x.astype(np.float32)
        for row in range(self.weights.shape[1]):
            for column in range(self.weights.shape[2]):
                self._add_tap(x, row, column, sums)
        return sums if self.bias is None else sums + self.bias

    def sums_of_integers(self, scale: float) -> tuple[QuantizedConv, Line]:
        """A scale for each filter, of which the largest weight is 127."""
        largest = np.abs(self.weights.reshape(len(self.weights), -1)).max(axis=1)
        step = np.where(largest == 0, 1.0, largest.astype(np.float64)) / LARGEST[8]
        weights = np.rint(self.weights / step[:, None, None, None]).astype(np.int8)
        bias = np.zeros(len(step)) if self.bias is None else self.bias.astype(np.float64)
        conv = QuantizedConv(self.name, weights, self.window, None, self.dilation, self.groups)
        return conv, Line(step * scale, bias)

    def _add_tap(self, x: Array, row: int, column: int, sums: Float32Array) -> None:
        """Add the products of one tap, channel by channel, where it lies on the map."""
        rows = self._meet(0, row, x.shape[1], sums.shape[1])
        columns = self._meet(1, column, x.shape[2], sums.shape[2])
        if rows is None or columns is None:
            return
        part = x[:, rows[0], columns[0]]
        inner = self.weights.shape[3]
        first = np.repeat(np.arange(self.groups) * inner, len(self.weights) // self.groups)
        here = sums[:, rows[1], columns[1]]
        for channel in range(inner):
            read = part[..., channel, None] if self.groups == 1 else part[..., first + channel]
            here = multiply_add(read, self.weights[:, row, column, channel], here)
        sums[:, rows[1], columns[1]] = here

    def _meet(self, axis: int, tap: int, size: int, results: int) -> tuple[slice, slice] | None:
        """Positions of the map that a tap meets, and those of the results they belong to."""
        stride = (self.window.stride_height, self.window.stride_width)[axis]
        offset = tap * self.dilation[axis] - self.window.padding[axis]
        first = max(0, -(offset // stride))
        last = min(results - 1, (size - 1 - offset) // stride)
        if last < first:
            return None
        start = first * stride + offset
        return slice(start, last * stride + offset + 1, stride), slice(first, last + 1)
