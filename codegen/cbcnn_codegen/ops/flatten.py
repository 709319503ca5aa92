"""Map to vector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from cbcnn_codegen.ir import Array, Fixed, Operation, Shape, ValueType
from cbcnn_codegen.ir.drawing import Random


@dataclass(frozen=True, eq=False)
class Flatten(Operation):
    """Map to vector in NHWC order."""

    is_real: ClassVar[bool] = True
    is_narrow: ClassVar[bool] = True
    is_renaming: ClassVar[bool] = True
    keeps_width: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> Flatten:
        return cls(name)

    def infer(self, source: ValueType) -> ValueType:
        return source._replace(shape=Shape(1, 1, source.shape.size))

    def compute(self, x: Array) -> Array:
        return x.reshape(len(x), 1, 1, -1)

    def on_fixed_point(self, sources: Sequence[Fixed], largest: float) -> tuple[Flatten, Fixed]:
        return self, sources[0]

    def on_integers(self, scale: float) -> Flatten:
        return self
