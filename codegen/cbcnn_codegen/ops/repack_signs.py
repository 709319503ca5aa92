"""Signs of a map as a map of another shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cbcnn_codegen.ir import SIGNS, Array, Operation, Shape, ValueType
from cbcnn_codegen.ir.drawing import Random
from cbcnn_codegen.ops.reshape import Reshape


@dataclass(frozen=True, eq=False)
class RepackSigns(Operation):
    """The signs of a map in their order, as a map of another shape.

    Every pixel of it begins with a new word.
    """

    shape: Shape

    is_lowered: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> RepackSigns:
        return cls(name, Reshape.draw(name, random, source).shape)

    def infer(self, source: ValueType) -> ValueType:
        if source.element != SIGNS or self.shape.size != source.shape.size:
            raise ValueError(f"{self.name}: {source} as {self.shape}")
        return ValueType(SIGNS, self.shape)

    def compute(self, x: Array) -> Array:
        return x.reshape(len(x), *self.shape)
