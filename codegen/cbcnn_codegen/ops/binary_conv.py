"""Convolution, pooling and comparison in one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cbcnn_codegen.ir import SIGNS, Array, BoolArray, Int32Array, Product, ValueType, Window
from cbcnn_codegen.ir.drawing import (
    Random,
    draw_any_window,
    draw_channels,
    draw_comparison,
    draw_pool,
    draw_signs,
    draw_window,
)
from cbcnn_codegen.ops.conv import Conv
from cbcnn_codegen.ops.max_pool import max_pool
from cbcnn_codegen.ops.threshold import compare


@dataclass(frozen=True, eq=False)
class BinaryConv(Product):
    """Convolution, max pooling of its accumulators, and comparison, in one.

    Attributes:
        weights: -1/+1, OHWI.
        window: of the convolution.
        pad: the integer that a padding pixel counts as; 0, or -1/+1 on signs.
        pool: max pooling of the accumulators; None for none.
        thresholds, complement: as in `Threshold`; both None leaves pooled accumulators.
    """

    window: Window
    pad: int
    pool: Window | None
    thresholds: Int32Array | None
    complement: BoolArray | None

    is_lowered: ClassVar[bool] = True
    makes_narrow: ClassVar[bool] = True

    @property
    def convolution(self) -> Conv:
        """The convolution alone."""
        return Conv(self.name, self.weights, self.window, self.pad)

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> BinaryConv:
        """Any window and padding, often what most networks have; a first layer nearly always."""
        shape, usual = source.shape, 0.4 if source.element == SIGNS else 0.8
        window = draw_any_window(random, shape)
        if random.random() < usual and min(shape.height, shape.width) >= 3:
            window = draw_window(random, shape, (3,), 1)
        pads = (-1, 0, 1) if source.element == SIGNS else (-1, 0, 1, 7)
        weights = (draw_channels(random), window.height, window.width, shape.channels)
        plain = Conv(name, draw_signs(random, *weights), window, int(random.choice(pads)))
        sums = plain.infer(source)
        pool = draw_pool(random, sums.shape, usual) if random.random() < 0.7 else None
        thresholds, complement = draw_comparison(random, sums.shape.channels, sums.element)
        if random.random() < 0.3:
            return cls(name, plain.weights, window, int(plain.pad), pool, None, None)
        return cls(name, plain.weights, window, int(plain.pad), pool, thresholds, complement)

    def infer(self, source: ValueType) -> ValueType:
        element, shape = self.convolution.infer(source)
        if self.pool is not None:
            shape = self.pool.output_shape(shape, shape.channels)
        return ValueType(element if self.thresholds is None else SIGNS, shape)

    def compute(self, x: Array) -> Array:
        sums = self.convolution.compute(x)
        pooled = sums if self.pool is None else max_pool(sums, self.pool)
        if self.thresholds is None or self.complement is None:
            return pooled
        return compare(pooled, self.thresholds, self.complement)
