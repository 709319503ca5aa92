"""Any function of a single number, as a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import Array, Int32Array, Operation, ValueType, integers
from cbcnn_codegen.ir.drawing import Random
from cbcnn_codegen.ir.fixed_point import LARGEST

ENTRIES = 256
"""Integers of 8 bits; the first entry is that of -128."""


@dataclass(frozen=True, eq=False)
class Lookup(Operation):
    """The entry of a table for each integer of 8 bits; the entries have 16."""

    entries: Int32Array

    is_lowered: ClassVar[bool] = True
    is_quantized: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> Lookup:
        return cls(name, random.integers(-LARGEST[16], LARGEST[16] + 1, ENTRIES).astype(np.int32))

    def infer(self, source: ValueType) -> ValueType:
        if source.element.kind == "float32" or source.element.largest > 128:
            raise ValueError(f"{self.name}: no table has {source}")
        low, high = int(self.entries.min()), int(self.entries.max())
        return ValueType(integers(low, high, 1, 16), source.shape)

    def compute(self, x: Array) -> Array:
        found: Array = self.entries[x.astype(np.int64) + ENTRIES // 2]
        return found
