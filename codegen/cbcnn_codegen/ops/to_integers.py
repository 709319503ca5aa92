"""Signs and the image as integers of 32 bits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import Array, Operation, ValueType, integers
from cbcnn_codegen.ir.drawing import Random


@dataclass(frozen=True, eq=False)
class ToIntegers(Operation):
    """The same numbers, as operations of integers read them."""

    is_lowered: ClassVar[bool] = True
    makes_narrow: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> ToIntegers:
        return cls(name)

    def infer(self, source: ValueType) -> ValueType:
        element = source.element
        if element.kind == "float32":
            raise ValueError(f"{self.name}: {source} is float")
        return source._replace(element=integers(element.low, element.high, element.step))

    def compute(self, x: Array) -> Array:
        return x.astype(np.int32)
