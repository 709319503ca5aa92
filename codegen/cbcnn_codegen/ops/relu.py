"""The larger of a value and zero."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cbcnn_codegen.ir import FloatArray, Monotone, Rounding, Shape


@dataclass(frozen=True, eq=False)
class Relu(Monotone):
    """max(x, 0)."""

    def evaluate(self, x: FloatArray, rounding: Rounding) -> FloatArray:
        larger: FloatArray = np.maximum(x, rounding.dtype(0))
        return larger

    def on_map(self, shape: Shape) -> Relu:
        return self
