"""ST's activations of k bits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import FloatArray, Monotone, Rounding, Shape, ValueType
from cbcnn_codegen.ir.drawing import Random


@dataclass(frozen=True, eq=False)
class SignedDorefa(Monotone):
    """From -1 to 1 - 1/n in steps of 1/n: `round(clip(x) * n) / n`, half to even; `levels` is n.

    It is a power of two, so no product and no quotient is rounded: a number is -n to n - 1 steps.
    """

    levels: int

    is_quantizer: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> SignedDorefa:
        return cls(name, int(2 ** random.integers(0, 8)))

    def check(self) -> None:
        if not 1 <= self.levels < 2**16 or self.levels & (self.levels - 1):
            raise ValueError(f"{self.name}: {self.levels} steps from 0 to 1")

    def evaluate(self, x: FloatArray, rounding: Rounding) -> FloatArray:
        steps, low = rounding.dtype(self.levels), rounding.dtype(-1)
        high = rounding.dtype(1 - 1 / self.levels)
        raised = np.where(x > low, x, low)
        clipped = np.where(raised < high, raised, high)
        made: FloatArray = np.rint(clipped * steps) / steps + rounding.dtype(0)
        return made

    def on_map(self, shape: Shape) -> SignedDorefa:
        return self
