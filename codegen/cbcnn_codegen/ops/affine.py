"""A multiplication and an addition for each channel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from cbcnn_codegen.ir import (
    CONTRACT,
    BoolArray,
    Float32Array,
    FloatArray,
    Monotone,
    Rounding,
    Shape,
    ValueType,
    flush_denormals,
)


@dataclass(frozen=True, eq=False)
class Affine(Monotone):
    """`x * multiplier + bias`, one of each per channel, in this order; None for 1 and for 0.

    It says what an integer is worth: a scaled image, weights of -H and +H, a layer's bias.
    """

    multiplier: Float32Array | None = None
    bias: Float32Array | None = None

    def infer(self, source: ValueType) -> ValueType:
        for values in (self.multiplier, self.bias):
            if values is not None and values.shape != (source.shape.channels,):
                raise ValueError(f"{self.name}: {values.shape} for {source.shape} values")
        return super().infer(source)

    def evaluate(self, x: FloatArray, rounding: Rounding) -> FloatArray:
        if self.multiplier is not None:
            x = flush_denormals(x * self.multiplier.astype(rounding.dtype))
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
        return self if shape.height * shape.width == 1 else None

    @property
    def scale(self) -> float | None:
        """The positive number that all channels are multiplied with, if that is all it does."""
        if self.multiplier is None or self.bias is not None:
            return None
        scale = float(self.multiplier[0])
        return scale if scale > 0 and bool((self.multiplier == scale).all()) else None
