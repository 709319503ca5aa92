"""A multiplication and an addition for each channel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import (
    CONTRACT,
    BoolArray,
    Float32Array,
    FloatArray,
    Monotone,
    Rounding,
    Shape,
    SumError,
    ValueType,
    flush_denormals,
)
from cbcnn_codegen.ir.drawing import Random


@dataclass(frozen=True, eq=False)
class Affine(Monotone):
    """`x * multiplier + bias`, one of each per channel, in this order; None for 1 and for 0.

    It gives the worth of an integer: a scaled image, weights of -H and +H, a layer's bias.

    Attributes:
        error: how far TensorFlow's number may lie from `x * multiplier`; None where it is equal.
    """

    multiplier: Float32Array | None = None
    bias: Float32Array | None = None
    error: SumError | None = None

    is_step: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> Affine:
        """Powers of two, whose sums TensorFlow does not round, and a bias that makes ties."""
        channels = source.shape.channels
        multiplier = np.exp2(random.integers(-3, 3, channels)).astype(np.float32)
        if random.random() < 0.3:
            multiplier *= random.choice(np.array([-1, 1], np.float32), channels)
        bias = random.integers(-4, 5, channels).astype(np.float32) / 2
        style = random.integers(0, 3)
        return cls(name, None if style == 0 else multiplier, None if style == 1 else bias)

    def infer(self, source: ValueType) -> ValueType:
        for values in (self.multiplier, self.bias):
            if values is not None and values.shape != (source.shape.channels,):
                raise ValueError(f"{self.name}: {values.shape} for {source.shape} values")
        return super().infer(source)

    @property
    def is_rounded(self) -> bool:
        return self.error is not None

    def evaluate(self, x: FloatArray, rounding: Rounding) -> FloatArray:
        integers = x
        if self.multiplier is not None:
            x = flush_denormals(x * self.multiplier.astype(rounding.dtype))
        if self.error is not None and rounding.moved:
            x = _move(x, integers, self.error, rounding)
        if self.bias is not None:
            x = flush_denormals(x + self.bias.astype(rounding.dtype))
        return x

    def steps(self, x: FloatArray) -> Iterator[tuple[str, FloatArray]]:
        yield "the sum", replace(self, bias=None).evaluate(x, CONTRACT)
        yield "the sum with its bias", self.evaluate(x, CONTRACT)

    def falls(self, channels: int) -> BoolArray:
        if self.multiplier is None:
            return super().falls(channels)
        falling: BoolArray = self.multiplier < 0
        return falling

    def as_affine(self, channels: int) -> tuple[Float32Array, Float32Array]:
        multiplier = np.ones(channels, np.float32) if self.multiplier is None else self.multiplier
        return multiplier, np.zeros(channels, np.float32) if self.bias is None else self.bias

    def on_map(self, shape: Shape) -> Affine | None:
        if shape.height * shape.width == 1:
            return self
        if self.scale is None:
            return None
        error = None if self.error is None else self.error.for_channels(shape.channels)
        if error is None and self.error is not None:
            return None
        return Affine(self.name, np.full(shape.channels, self.scale, np.float32), error=error)

    @property
    def scale(self) -> float | None:
        """The positive factor of all channels, if the operation does nothing else."""
        if self.multiplier is None or self.bias is not None:
            return None
        scale = float(self.multiplier[0])
        return scale if scale > 0 and bool((self.multiplier == scale).all()) else None


def _move(x: FloatArray, integers: FloatArray, error: SumError, rounding: Rounding) -> FloatArray:
    """The numbers as far from `x` as TensorFlow's may be, or a unit in the last place further."""
    off = error.likely(integers) if rounding.likely else error.bound(integers)
    moved = (x.astype(np.float64) + rounding.moved * off).astype(rounding.dtype)
    outwards = np.nextafter(moved, rounding.dtype(rounding.moved * np.inf))
    return flush_denormals(np.where(off > 0, outwards, x).astype(rounding.dtype))
