"""The value times the probability that a normal number is smaller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from cbcnn_codegen.ir import FLOAT32, Array, Float32Array, Operation, ValueType, exponential
from cbcnn_codegen.ir.drawing import Random

_NEAR: Final = (
    7.853861353153693e-5,
    -8.010193625184903e-4,
    5.188327685732524e-3,
    -2.685381193529856e-2,
    1.128358514861418e-1,
    -3.761262582423300e-1,
    1.128379165726710e0,
)
_FAR: Final = (
    2.326819970068386e-2,
    -1.387039388740657e-1,
    3.687424674597105e-1,
    -5.824733027278666e-1,
    6.210004621745983e-1,
    -4.944515323274145e-1,
    3.404879937665872e-1,
    -2.741127028184656e-1,
    5.638259427386472e-1,
)
"""Source: S. L. Moshier, Cephes, `erff` and `erfcf`."""
_FARTHEST: Final = np.float32(4)
"""From here on the error function is 1 in float32."""
_ROOT_2: Final = np.float32(1.4142135623730951)


@dataclass(frozen=True, eq=False)
class Gelu(Operation):
    """`x / 2 * (1 + erf(x / sqrt(2)))`; every product and every sum is rounded by itself."""

    is_real: ClassVar[bool] = True
    is_pointwise: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> Gelu:
        return cls(name)

    def infer(self, source: ValueType) -> ValueType:
        return ValueType(FLOAT32, source.shape)

    def compute(self, x: Array) -> Array:
        x = x.astype(np.float32)
        half: Array = np.float32(0.5) * x
        made: Array = half * (np.float32(1) + error_function(x / _ROOT_2))
        return made


def error_function(x: Float32Array) -> Float32Array:
    """A polynomial up to 1; above that 1 less a polynomial of `1 / x^2` times `exp(-x^2) / x`."""
    size = np.abs(x)
    far = np.where(size < _FARTHEST, np.where(size > 1, size, np.float32(1)), _FARTHEST)
    inverse = np.float32(1) / far
    tail = (exponential(-(far * far)) * inverse) * _polynomial(_FAR, inverse * inverse)
    beyond = np.float32(1) - tail
    near = np.where(size > 1, np.float32(0), x)
    within = near * _polynomial(_NEAR, near * near)
    return np.where(size > 1, np.where(x > 0, beyond, -beyond), within)


def _polynomial(coefficients: tuple[float, ...], x: Float32Array) -> Float32Array:
    total = np.full_like(x, np.float32(coefficients[0]))
    for coefficient in coefficients[1:]:
        total = total * x + np.float32(coefficient)
    return total
