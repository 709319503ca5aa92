"""Pooling of signs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cbcnn_codegen.ir import SIGNS, Array, BoolArray, Operation, ValueType, Window
from cbcnn_codegen.ir.drawing import Random, draw_pool
from cbcnn_codegen.ops.max_pool import max_pool


@dataclass(frozen=True, eq=False)
class PoolSigns(Operation):
    """Pooling of signs: the maximum, or the minimum in the channels where `minimum` is set."""

    window: Window
    minimum: BoolArray

    is_lowered: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> PoolSigns:
        minimum = random.random(source.shape.channels) < 0.5
        return cls(name, draw_pool(random, source.shape), minimum)

    def infer(self, source: ValueType) -> ValueType:
        if source.element != SIGNS or self.minimum.shape != (source.shape.channels,):
            raise ValueError(f"{self.name}: {self.minimum.shape} channels of {source}")
        shape = self.window.output_shape(source.shape, source.shape.channels)
        return source._replace(shape=shape)

    def compute(self, x: Array) -> Array:
        flip = np.where(self.minimum, -1, 1).astype(np.int8)
        pooled: Array = max_pool(x * flip, self.window) * flip
        return pooled
