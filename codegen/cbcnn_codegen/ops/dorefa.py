"""DoReFa's activations of k bits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import FloatArray, Monotone, Rounding, Shape, ValueType
from cbcnn_codegen.ir.drawing import Random


@dataclass(frozen=True, eq=False)
class Dorefa(Monotone):
    """From 0 to 1 in n steps: `round(clip(x) * n) / n`, half to even; `levels` is n."""

    levels: int

    is_step: ClassVar[bool] = True
    is_quantizer: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> Dorefa:
        return cls(name, int(2 ** random.integers(1, 9) - 1))

    def check(self) -> None:
        if not 1 <= self.levels < 2**16:
            raise ValueError(f"{self.name}: {self.levels} steps")

    def share_of_zeros(self, *_sources: float) -> float:
        return 0.5  # what lies below 0 where nobody looked

    def evaluate(self, x: FloatArray, rounding: Rounding) -> FloatArray:
        zero, one, steps = (rounding.dtype(number) for number in (0, 1, self.levels))
        raised = np.where(x > zero, x, zero)
        clipped = np.where(raised < one, raised, one)
        made: FloatArray = np.rint(clipped * steps) / steps
        return made

    def on_map(self, shape: Shape) -> Dorefa:
        return self
