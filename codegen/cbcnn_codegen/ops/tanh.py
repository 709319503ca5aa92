"""The hyperbolic tangent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from cbcnn_codegen.ir import FLOAT32, Array, Operation, ValueType, exponential
from cbcnn_codegen.ir.drawing import Random

_BEND: Final = np.float32(0.625)
_COEFFICIENTS: Final = tuple(
    map(
        np.float32,
        (
            -5.70498872745e-3,
            2.06390887954e-2,
            -5.37397155531e-2,
            1.33314422036e-1,
            -3.33332819422e-1,
        ),
    )
)
"""Source: S. L. Moshier, Cephes, `tanhf`."""


@dataclass(frozen=True, eq=False)
class Tanh(Operation):
    """A polynomial below 0.625, and above `1 - 2 / (exp(2 * abs(x)) + 1)` with the sign of x.

    Every product and every sum is rounded by itself.
    """

    is_real: ClassVar[bool] = True
    is_pointwise: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> Tanh:
        return cls(name)

    def infer(self, source: ValueType) -> ValueType:
        return ValueType(FLOAT32, source.shape)

    def compute(self, x: Array) -> Array:
        x = x.astype(np.float32)
        size = np.abs(x)
        large = np.float32(1) - np.float32(2) / (exponential(size + size) + np.float32(1))
        near = np.where(size < _BEND, x, np.float32(0))
        square = near * near
        p = np.full_like(square, _COEFFICIENTS[0])
        for coefficient in _COEFFICIENTS[1:]:
            p = p * square + coefficient
        small = (p * square) * near + near
        return np.where(size < _BEND, small, np.where(x > 0, large, -large))
