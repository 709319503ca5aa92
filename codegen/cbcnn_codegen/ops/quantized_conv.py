"""A convolution with weights of 8 bits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import (
    Array,
    Element,
    Int8Array,
    Operation,
    Rescaling,
    ValueType,
    Window,
    integers,
)
from cbcnn_codegen.ir.drawing import Random, draw_window
from cbcnn_codegen.ops.requantize import draw_rescaling


@dataclass(frozen=True, eq=False)
class QuantizedConv(Operation):
    """Sums of products of integers, exact in 32 bits, on another scale.

    Weights and the integers that it reads are worth the same on both sides of zero, so a zero is an
    integer zero: padding, which is left out, needs no correction. A dense layer is one with a
    window as large as the map.

    Attributes:
        weights: from -127 to 127, OHWI; with groups, I are the channels of one group.
        window: what the taps span, strides, resolved padding.
        rescaling: of the sums; None leaves them as they are.
        dilation: rows and columns from one tap to the next.
        groups: of input channels, each read by as many output channels.
    """

    weights: Int8Array
    window: Window
    rescaling: Rescaling | None = None
    dilation: tuple[int, int] = (1, 1)
    groups: int = 1

    is_lowered: ClassVar[bool] = True
    is_quantized: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> QuantizedConv:
        """Plain, grouped and depthwise ones, now and then with taps apart, and dense layers."""
        shape = source.shape
        window = draw_window(random, shape, (1, 2, 3, 3, 5), 2)
        if random.random() < 0.2:
            window = Window(*shape[:2], 1, 1)
        apart = random.random() < 0.2 and min(shape[:2]) >= 5
        if apart:
            window = Window(5, 3, 1, 1)
        taps = (3, 2) if apart else window[:2]
        groups = shape.channels if random.random() < 0.4 else 1
        filters = (
            groups * int(random.choice([1, 1, 2, 3])) if groups > 1 else int(random.choice(12)) + 1
        )
        weights = random.integers(-127, 128, (filters, *taps, shape.channels // groups), np.int8)
        if random.random() < 0.15:
            weights[:] = 127
        dilation = (2, 2) if apart else (1, 1)
        plain = cls(name, weights, window, None, dilation, groups)
        largest = plain.largest_sum(source.element)
        bits = int(random.choice([8, 8, 16, 32]))
        rescaling = draw_rescaling(random, filters, max(largest // 3, 1), bits)
        return cls(name, weights, window, rescaling, dilation, groups)

    def check(self) -> None:
        taps = self.weights.shape[1:3]
        spans = tuple((n - 1) * step + 1 for n, step in zip(taps, self.dilation, strict=True))
        if spans != self.window[:2] or len(self.weights) % self.groups:
            raise ValueError(f"{self.name}: {taps} taps, {self.dilation} apart, in {self.window}")

    def largest_sum(self, source: Element) -> int:
        """A bound of the magnitude of a sum."""
        sums = np.abs(self.weights.reshape(len(self.weights), -1).astype(np.int64)).sum(axis=1)
        return int(sums.max()) * source.largest

    def infer(self, source: ValueType) -> ValueType:
        if self.weights.shape[3] * self.groups != source.shape.channels:
            raise ValueError(f"{self.name}: weights {self.weights.shape} on {source.shape}")
        largest = self.largest_sum(source.element)
        if source.element.kind == "float32" or largest >= 2**31:
            raise ValueError(f"{self.name}: sums of {source} up to {largest}")
        element = integers(-largest, largest) if self.rescaling is None else self.rescaling.element
        return ValueType(element, self.window.output_shape(source.shape, len(self.weights)))

    def compute(self, x: Array) -> Array:
        """Sums in float64, which is exact below 2**53."""
        height, width = self.window.output_size(x.shape[1], x.shape[2])
        top, left, bottom, right = self.window.padding
        padded = np.pad(x.astype(np.float64), ((0, 0), (top, bottom), (left, right), (0, 0)))
        sums = np.zeros((len(x), height, width, len(self.weights)))
        per_group, inner = len(self.weights) // self.groups, self.weights.shape[3]
        for row, column in np.ndindex(*self.weights.shape[1:3]):
            first, start = row * self.dilation[0], column * self.dilation[1]
            rows = slice(first, first + (height - 1) * self.window.stride_height + 1)
            columns = slice(start, start + (width - 1) * self.window.stride_width + 1)
            part = padded[:, rows, columns][
                :, :: self.window.stride_height, :: self.window.stride_width
            ].reshape(len(x), height, width, self.groups, inner)
            taps = self.weights[:, row, column].reshape(self.groups, per_group, inner)
            made = np.einsum("nhwgi,goi->nhwgo", part, taps.astype(np.float64), optimize=True)
            sums += made.reshape(sums.shape)
        exact = sums.astype(np.int64)
        if self.rescaling is None:
            return exact.astype(np.int32)
        return self.rescaling.apply(exact)
