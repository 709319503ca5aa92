"""The exponential function in float32, in one documented order on any machine.

`exp(x) = 2^n * exp(r)` with the integer `n` nearest to `x / ln 2`, half to even, and what is left,
`r = x - n * ln 2`, in two steps: the first part of ln 2 has nine bits, so its product is exact. A
polynomial gives `exp(r)`. Every product and every sum is rounded by itself; none is fused. Source
of the coefficients: S. L. Moshier, Cephes, `expf`. The result is within two
units in the last place.

The C has the same function in `exponential.h`.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from cbcnn_codegen.ir.values import Float32Array

LOWEST: Final = np.float32(-86.0)
"""Numbers below count as this one, so that no result is denormal."""
HIGHEST: Final = np.float32(88.0)
"""Numbers above count as this one, so that every result is finite."""
_NEAREST: Final = np.float32(1.5 * 2**23)
"""Adding it rounds a number of up to 22 bits to an integer."""
_LOG2_E: Final = np.float32(1.44269504088896341)
_LN2: Final = np.float32(0.693359375), np.float32(-2.12194440e-4)
_COEFFICIENTS: Final = tuple(
    map(
        np.float32,
        (
            1.9875691500e-4,
            1.3981999507e-3,
            8.3334519073e-3,
            4.1665795894e-2,
            1.6666665459e-1,
            5.0000001201e-1,
        ),
    )
)


def exponential(x: Float32Array) -> Float32Array:
    """`exp(x)` of finite float32 numbers."""
    x = np.where(x > LOWEST, x, LOWEST)
    x = np.where(x < HIGHEST, x, HIGHEST)
    n = (x * _LOG2_E + _NEAREST) - _NEAREST
    r = (x - n * _LN2[0]) - n * _LN2[1]
    p = np.full_like(r, _COEFFICIENTS[0])
    for coefficient in _COEFFICIENTS[1:]:
        p = p * r + coefficient
    p = (p * (r * r) + r) + np.float32(1)
    made: Float32Array = p * np.ldexp(np.float32(1), n.astype(np.int32))
    return made


_LOG_COEFFICIENTS: Final = tuple(
    map(
        np.float32,
        (
            7.0376836292e-2,
            -1.1514610310e-1,
            1.1676998740e-1,
            -1.2420140846e-1,
            1.4249322787e-1,
            -1.6668057665e-1,
            2.0000714765e-1,
            -2.4999993993e-1,
            3.3333331174e-1,
        ),
    )
)
"""Source: S. L. Moshier, Cephes, `logf`."""
_ROOT_HALF: Final = np.float32(0.41421356)
"""Above it, half of `1 + e` is nearer to 1 than `1 + e` itself."""


def log1p(e: Float32Array) -> Float32Array:
    """`log(1 + e)` for float32 numbers from 0 to 1, within two units in the last place.

    It is a polynomial of `e`, or above 0.414 of `(1 + e) / 2 - 1`, with ln 2 behind it.
    """
    upper = e > _ROOT_HALF
    x = np.where(upper, (e - np.float32(1)) * np.float32(0.5), e)
    square = x * x
    p = np.full_like(x, _LOG_COEFFICIENTS[0])
    for coefficient in _LOG_COEFFICIENTS[1:]:
        p = p * x + coefficient
    tail = (p * x) * square
    tail = np.where(upper, tail + _LN2[1], tail)
    tail = tail - square * np.float32(0.5)
    made: Float32Array = x + tail
    return np.where(upper, made + _LN2[0], made)
