"""Signs of a map at other places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import SIGNS, Array, Shape, ValueType
from cbcnn_codegen.ir.drawing import Random
from cbcnn_codegen.ops.gather import Along, Gather


@dataclass(frozen=True, eq=False)
class GatherSigns(Gather):
    """A map whose signs are those of another one at other places, or all the same outside of it."""

    fill: float = 1.0

    is_real: ClassVar[bool] = False
    is_narrow: ClassVar[bool] = False
    is_lowered: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> GatherSigns:
        """Half of them leave pixels whole."""
        drawn = Gather.draw(name, random, source)
        if random.random() < 0.5:
            rows, columns = (side for side in drawn.sides if side.axis < 2)
            drawn = Gather(name, rows, columns, Along(source.shape.channels, 2))
        return cls(name, *drawn.sides, float(random.choice([-1, 1])))

    def check(self) -> None:
        super().check()
        if self.fill not in (-1, 1):
            raise ValueError(f"{self.name}: a sign of {self.fill}")

    def infer(self, source: ValueType) -> ValueType:
        if source.element != SIGNS:
            raise ValueError(f"{self.name}: {source} are no signs")
        return ValueType(SIGNS, Shape(*(side.size for side in self.sides)))

    def compute(self, x: Array) -> Array:
        return super().compute(x).astype(np.int8)
