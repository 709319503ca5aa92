"""Normalisation of the channels of each pixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import FLOAT32, Array, Float32Array, Operation, ValueType
from cbcnn_codegen.ir.drawing import Random


@dataclass(frozen=True, eq=False)
class LayerNorm(Operation):
    """`(x - mean) * r * gamma + beta` over the channels of each pixel, each step rounded by itself.

    The mean is the sum from the first channel on, divided by their number; the variance is the same
    of `(x - mean)^2`; `r = 1 / sqrt(variance + epsilon)`.

    Attributes:
        gamma, beta: one for each channel.
    """

    gamma: Float32Array
    beta: Float32Array
    epsilon: float

    is_real: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> LayerNorm:
        values = random.normal(0, 1, (2, source.shape.channels)).astype(np.float32)
        return cls(name, values[0], values[1], float(random.choice([1e-3, 1e-6])))

    def infer(self, source: ValueType) -> ValueType:
        if self.gamma.shape != (source.shape.channels,):
            raise ValueError(f"{self.name}: {self.gamma.shape} for {source}")
        return ValueType(FLOAT32, source.shape)

    def compute(self, x: Array) -> Array:
        x = x.astype(np.float32)
        mean = self._mean(x)
        centred = x - mean[..., None]
        deviation = np.sqrt(self._mean(centred * centred) + np.float32(self.epsilon))
        scaled = centred * (np.float32(1) / deviation)[..., None]
        made: Array = scaled * self.gamma + self.beta
        return made

    def _mean(self, x: Float32Array) -> Float32Array:
        """Of the channels, one after the other."""
        total = np.zeros(x.shape[:-1], np.float32)
        for channel in range(x.shape[-1]):
            total = total + x[..., channel]
        mean: Float32Array = total / np.float32(x.shape[-1])
        return mean
