"""Maps joined channel after channel."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import (
    FLOAT32,
    SIGNS,
    Array,
    Fixed,
    Operation,
    ValueType,
    common_dtype,
    integers,
)
from cbcnn_codegen.ir.drawing import Random
from cbcnn_codegen.ops.quantized_concatenate import QuantizedConcatenate


@dataclass(frozen=True, eq=False)
class Concatenate(Operation):
    """The channels of two or more maps of one size, those of the first map first."""

    is_real: ClassVar[bool] = True
    is_integral: ClassVar[bool] = True
    keeps_width: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, *sources: ValueType) -> Concatenate:
        return cls(name)

    def share_of_zeros(self, *sources: float) -> float:
        return sum(sources) / len(sources)

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

    def on_fixed_point(
        self, sources: Sequence[Fixed], largest: float
    ) -> tuple[QuantizedConcatenate, Fixed]:
        """On the coarser one of both scales."""
        coarse = min(sources, key=lambda of: of.fraction_bits)
        first, second = (of.fraction_bits - coarse.fraction_bits for of in sources)
        return QuantizedConcatenate(self.name, (first, second)), coarse

    def compute(self, *sources: Array) -> Array:
        return np.concatenate(sources, axis=-1, dtype=common_dtype(*sources))
