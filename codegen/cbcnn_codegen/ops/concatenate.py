"""Maps joined channel after channel."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import (
    FLOAT32,
    SIGNS,
    Array,
    Operation,
    ValueType,
    common_dtype,
    integers,
)
from cbcnn_codegen.ir.drawing import Random


@dataclass(frozen=True, eq=False)
class Concatenate(Operation):
    """The channels of two or more maps of one size, those of the first map first."""

    is_real: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, *sources: ValueType) -> Concatenate:
        return cls(name)

    def infer(self, first: ValueType, *others: ValueType) -> ValueType:
        sources = (first, *others)
        if any(other.shape[:2] != first.shape[:2] for other in others):
            raise ValueError(f"{self.name}: {', '.join(map(str, sources))}")
        shape = first.shape._replace(channels=sum(source.shape.channels for source in sources))
        elements = [source.element for source in sources]
        if all(element == SIGNS for element in elements):
            return ValueType(SIGNS, shape)
        if any(element.kind == "float32" for element in elements):
            return ValueType(FLOAT32, shape)
        low, high = min(of.low for of in elements), max(of.high for of in elements)
        gaps = [gap for of in elements for gap in (of.step, of.low - low)]
        return ValueType(integers(low, high, math.gcd(*gaps)), shape)

    def compute(self, *sources: Array) -> Array:
        return np.concatenate(sources, axis=-1, dtype=common_dtype(*sources))
