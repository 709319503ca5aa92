"""Signs that the network puts out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cbcnn_codegen.ir import SIGNS, Array, Operation, ValueType
from cbcnn_codegen.ir.drawing import Random


@dataclass(frozen=True, eq=False)
class SignScores(Operation):
    """The signs as numbers, -1 and +1."""

    is_lowered: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> SignScores:
        return cls(name)

    def infer(self, source: ValueType) -> ValueType:
        if source.element != SIGNS:
            raise ValueError(f"{self.name}: {source} are no signs")
        return source

    def compute(self, x: Array) -> Array:
        return x
