"""Batch normalisation at inference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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
    ValueType,
    flush_denormals,
    multiply_add,
)
from cbcnn_codegen.ir.drawing import Random


@dataclass(frozen=True, eq=False)
class BatchNorm(Monotone):
    """Batch normalisation at inference, one of each value per channel.

    `fused` names the operation order of Keras: True for rank 4, which computes
    `(x - mean) * inv + beta`, False for rank 2, which computes `x * inv + (beta - mean * inv)`,
    where `inv = gamma / sqrt(variance + epsilon)`.

    `multiply_add` names, for rank 4, the order of TensorFlow's oneDNN build on x86: with
    `r = 1 / sqrt(variance + epsilon)` a fused multiply-add of `(x - mean) * r`, gamma and beta.
    Networks with real-valued layers take it, see `read/orders.py`.
    """

    gamma: Float32Array
    beta: Float32Array
    mean: Float32Array
    variance: Float32Array
    epsilon: float
    fused: bool
    multiply_add: bool = False

    is_step: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> BatchNorm:
        """Means that tie with an integer, gamma that is negative or zero, no variance."""
        channels, largest = source.shape.channels, source.element.largest
        spread = max(1.0, largest**0.5) if largest else float(random.choice([1, 4, 16]))
        gamma, beta = random.normal(0, 1, channels), random.normal(0, 1, channels)
        gamma[random.random(channels) < 0.1] = 0
        mean = random.normal(0, spread, channels)
        ties = random.random(channels) < 0.4
        mean[ties], beta[ties] = np.round(mean[ties]), 0
        if random.random() < 0.15:
            beta[:] = 0
        if random.random() < 0.15:
            gamma[:] = 1
        variance = random.uniform(0, 2 * spread**2, channels)
        variance[random.random(channels) < 0.05] = 0
        values = np.stack([gamma, beta, mean, variance]).astype(np.float32)
        epsilon = float(random.choice([1e-3, 1e-6, 1e-5]))
        fused = source.shape.height * source.shape.width > 1
        return cls(name, values[0], values[1], values[2], values[3], epsilon, fused)

    def infer(self, source: ValueType) -> ValueType:
        if self.gamma.shape != (source.shape.channels,):
            raise ValueError(
                f"{self.name}: {self.gamma.shape} for {source.shape.channels} channels"
            )
        return super().infer(source)

    def evaluate(self, x: FloatArray, rounding: Rounding) -> FloatArray:
        """Source: `tf.nn.batch_normalization` for rank 2, TensorFlow's fused CPU kernel for 4."""
        inverse = self._inverse(rounding)
        mean, beta = self.mean.astype(x.dtype), self.beta.astype(x.dtype)
        if self.fused and (self.multiply_add or rounding.multiply_add) and not rounding.other_order:
            return self._multiply_add(x, rounding)
        if self.fused != rounding.other_order:
            return flush_denormals(flush_denormals((x - mean) * inverse) + beta)
        offset = flush_denormals(beta - flush_denormals(mean * inverse))
        return flush_denormals(flush_denormals(x * inverse) + offset)

    def _multiply_add(self, x: FloatArray, rounding: Rounding) -> FloatArray:
        """In float64, whose own rounding does not matter, or as the C does it in float32."""
        mean, gamma, beta = (of.astype(x.dtype) for of in (self.mean, self.gamma, self.beta))
        if rounding.dtype is np.float64:
            exact: FloatArray = (x - mean) * self._inverse(rounding) + beta
            return exact
        return multiply_add((x - mean) * self.reciprocal_deviation(rounding.ulps), gamma, beta)

    def steps(self, x: FloatArray) -> Iterator[tuple[str, FloatArray]]:
        yield "gamma / sqrt(variance + epsilon)", self.inverse_deviation()[None]
        yield "the result", self.evaluate(x, CONTRACT)

    def _inverse(self, rounding: Rounding) -> FloatArray:
        """`gamma / sqrt(variance + epsilon)` per channel."""
        if rounding.dtype is np.float64:
            deviation = np.sqrt(self.variance.astype(np.float64) + self.epsilon)
            exact: FloatArray = self.gamma.astype(np.float64) / deviation
            return exact
        inverse = self.inverse_deviation()
        for _ in range(abs(rounding.ulps)):
            inverse = np.nextafter(inverse, np.float32(np.copysign(np.inf, rounding.ulps)))
        inverse[self.gamma == 0] = 0
        return inverse

    def inverse_deviation(self) -> Float32Array:
        """`gamma / sqrt(variance + epsilon)` per channel, in float32 as Keras does it."""
        deviation = np.sqrt(self.variance + np.float32(self.epsilon))
        return flush_denormals((np.float32(1) / deviation) * self.gamma).astype(np.float32)

    def reciprocal_deviation(self, ulps: int = 0) -> Float32Array:
        """`1 / sqrt(variance + epsilon)` per channel, moved by some units in the last place."""
        reciprocal = np.float32(1) / np.sqrt(self.variance + np.float32(self.epsilon))
        for _ in range(abs(ulps)):
            reciprocal = np.nextafter(reciprocal, np.float32(np.copysign(np.inf, ulps)))
        made: Float32Array = reciprocal.astype(np.float32)
        return made

    def falls(self, channels: int) -> BoolArray:
        falling: BoolArray = self.gamma < 0
        return falling

    def as_affine(self, channels: int) -> tuple[Float32Array, Float32Array]:
        """For a single one behind a plain binary layer, the numbers that Keras uses for rank 2."""
        inverse = self.inverse_deviation()
        offset = flush_denormals(self.beta - flush_denormals(self.mean * inverse))
        return inverse, offset.astype(np.float32)

    def on_map(self, shape: Shape) -> BatchNorm | None:
        return self if shape.height * shape.width == 1 else None
