"""A map of another shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import FLOAT32, SIGNS, Array, Fixed, Operation, Shape, ValueType
from cbcnn_codegen.ir.drawing import Random


@dataclass(frozen=True, eq=False)
class Reshape(Operation):
    """The numbers of a map in their order, as a map of another shape.

    Signs become floats, for they lie in words, pixel by pixel.
    """

    shape: Shape

    is_real: ClassVar[bool] = True
    is_narrow: ClassVar[bool] = True
    is_renaming: ClassVar[bool] = True
    keeps_width: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> Reshape:
        height, width, channels = source.shape
        shapes = (width, height, channels), (1, height, width * channels), (channels, 1, -1)
        other = shapes[int(random.integers(len(shapes)))]
        last = source.shape.size // (other[0] * other[1])
        return cls(name, Shape(other[0], other[1], last))

    def infer(self, source: ValueType) -> ValueType:
        if self.shape.size != source.shape.size:
            raise ValueError(f"{self.name}: {source.shape} as {self.shape}")
        return ValueType(FLOAT32 if source.element == SIGNS else source.element, self.shape)

    def compute(self, x: Array) -> Array:
        numbers = x.astype(np.float32) if x.dtype == np.int8 else x
        return numbers.reshape(len(x), *self.shape)

    def on_fixed_point(self, sources: Sequence[Fixed], largest: float) -> tuple[Reshape, Fixed]:
        return self, sources[0]

    def on_integers(self, scale: float) -> Reshape:
        return self
