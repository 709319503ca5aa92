"""Integers on another scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import Array, Fixed, Line, Operation, Rescaling, ValueType
from cbcnn_codegen.ir.drawing import Random


@dataclass(frozen=True, eq=False)
class Requantize(Operation):
    """A function of each integer, one for each channel; see `Rescaling`."""

    rescaling: Rescaling

    is_lowered: ClassVar[bool] = True
    is_quantized: ClassVar[bool] = True
    reads_narrow: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> Requantize:
        """Integers of 8 and 16 bits, some cut at zero, some bent there."""
        bits = int(random.choice([8, 16]))
        return cls(
            name, draw_rescaling(random, source.shape.channels, source.element.largest, bits)
        )

    def infer(self, source: ValueType) -> ValueType:
        if self.rescaling.multiplier.shape != (source.shape.channels,):
            raise ValueError(f"{self.name}: {self.rescaling.multiplier.shape} for {source.shape}")
        if source.element.kind == "float32":
            raise ValueError(f"{self.name}: {source} is no integer")
        return ValueType(self.rescaling.element, source.shape)

    def compute(self, x: Array) -> Array:
        return self.rescaling.apply(x)


def draw_rescaling(random: Random, channels: int, largest: int, bits: int) -> Rescaling:
    """From integers up to `largest` to about as many as there are, and now and then beyond."""
    made = Fixed.of_bytes(1.0) if bits == 8 else Fixed.of_power(1.0, 16 if bits == 16 else 32)
    slope = random.normal(0, 1, channels) * 2.0 ** random.integers(-3, 2) / max(largest, 1)
    slope[random.random(channels) < 0.1] = 0
    line = Line(slope, random.normal(0, 0.3, channels) * random.integers(0, 2))
    style = random.integers(0, 4)
    if style == 1:
        line = line.clipped(0.0, float(random.choice([0.4, np.inf])))
    if style == 2:
        line = line.bent(random.normal(0, 0.5, channels).astype(np.float32)) or line
        shift = random.normal(0, 0.2, channels).astype(np.float32)
        line = line.scaled(np.full(channels, 0.7, np.float32), shift) or line
    return line.to_integers(max(largest, 1), made)
