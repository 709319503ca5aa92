"""What TensorFlow rounds in the sums of a binary layer, and by how much at most.

The generated code counts: an accumulator `s` is an exact integer, and stands for the real number
`scale * H * s` where weights are -H and +H and the image is worth `scale` a step. TensorFlow adds
float32 numbers instead. Where each of them is a multiple of `scale * H`, and all partial sums fit
24 bits, nothing is rounded in whatever order they are added: let `scale * H = m * 2**e` with an odd
integer m; a partial sum is `k * m * 2**e` with `abs(k) <= terms * largest`, so it is exact as long
as `terms * largest * m <= 2**24`. That takes in all powers of two, where m is 1.

Elsewhere the sum is wrong by a little, and a sum that is 0 may become negative. With u = 2**-24,
half a unit in the last place of 1, and g(n) = n * u / (1 - n * u):

- TensorFlow's image is off by at most `image_rounding` steps for each pixel, which is measured for
  all 256 values; n pixels make at most `n * image_rounding` steps.
- Products of such pixels and H are rounded, by at most u of their size each; those of signs and H
  are not.
- n terms take n - 1 additions in any order, fused with the products or not. Each is wrong by at
  most u of its result. A partial sum of terms whose magnitudes sum up to A and which all together
  make S lies within `(A + abs(S)) / 2`: what is not in it sums up to the rest of S. With the errors
  of the earlier additions in it, all of them together stay below `g(n - 1) * (A + abs(S)) / 2`.
- Where H is a mean of magnitudes, TensorFlow's own takes n additions of one sign and a division: it
  is off by at most g(n + 1) of its size, unless all of that is exact.
- Denormal results become 0: at most 2**-126 for each of at most 2n operations.

Two more roundings, of `scale * H` and of its product with s, are the generator's own.

Source of the bound: N. J. Higham, Accuracy and Stability of Numerical Algorithms, chapter 4.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from cbcnn_codegen.ir import EXACT_FLOAT32, Float32Array, Float64Array, SumError

UNIT: Final = 2.0**-24
_SMALLEST: Final = 2.0**-126
_DOUBLE_BITS: Final = 53
_MANY: Final = 900
"""A power of two that is larger than any weight."""


class WeightSizes(NamedTuple):
    """The weights of a layer, as TensorFlow has them.

    Attributes:
        size: H of each channel.
        terms: products in a sum.
        are_summed: TensorFlow adds multiples of H; if not, it adds signs and multiplies once.
        mean_error: by how much of its size TensorFlow's H may be off, per channel.
    """

    size: Float32Array
    terms: int
    are_summed: bool
    mean_error: Float64Array


class Values(NamedTuple):
    """What a layer reads.

    Attributes:
        largest: magnitude of the largest integer, 1 of signs.
        scale: what one integer is worth, 1 of signs.
        image_rounding: how far TensorFlow's value may lie from the integer, in steps.
    """

    largest: int = 1
    scale: float = 1.0
    image_rounding: float = 0.0

    @property
    def are_signs(self) -> bool:
        """Are products with them exact?"""
        return self == Values()


def sum_error(weights: WeightSizes, values: Values) -> SumError | None:
    """The bound for the sums of a layer; None where no sum is rounded."""
    reach = weights.terms * values.largest
    own = _is_exact(weights.size.astype(np.float64), reach) & (weights.mean_error == 0)
    factor = weights.size if weights.are_summed else np.ones_like(weights.size)
    exact = (weights.mean_error == 0) & (values.image_rounding == 0)
    exact &= _is_exact(values.scale * factor.astype(np.float64), reach)
    if not weights.are_summed:
        exact &= own | _is_exact(np.array([values.scale]), 1)
    if exact.all():
        return None
    worth = values.scale * weights.size.astype(np.float64)
    off = weights.terms * values.image_rounding
    products = 0.0 if values.are_signs else UNIT * (reach + off)
    all_terms = reach + off + products
    sums = _gamma(weights.terms - 1)
    of_zero = sums * (all_terms + off + products) / 2 + products + off
    fixed = worth * (1 + weights.mean_error) * of_zero + 2 * weights.terms * _SMALLEST
    per_unit = worth * ((1 + weights.mean_error) * sums / 2 + weights.mean_error + 3 * UNIT)
    rounding = np.where(own | (not weights.are_summed), 0, UNIT * worth * reach)
    return SumError(*(np.where(exact, 0, part) for part in (fixed, per_unit, rounding)))


def image_error(off: float, channels: int) -> SumError | None:
    """The error of an image whose pixels are off by at most so much; None for not at all."""
    zeros = np.zeros(channels)
    return SumError(np.full(channels, off), zeros, zeros) if off > 0 else None


def mean_error(kernel: Float32Array) -> Float64Array:
    """By how much of its size the mean of |w| of each channel, the last axis, may be off.

    The sum is exact in any order if the weights are multiples of one power of two and no sum needs
    more than 24 bits in units of it; so is then the division, which TensorFlow rounds as we do.
    """
    flat = np.abs(kernel.reshape(-1, kernel.shape[-1])).astype(np.float64)
    mantissa, exponent = np.frexp(flat)
    lowest = exponent - _DOUBLE_BITS + _trailing_zeros(mantissa)
    step = np.ldexp(1.0, np.where(flat == 0, _MANY, lowest).min(axis=0))
    exact = (flat == 0).all(axis=0) | (flat.sum(axis=0) <= EXACT_FLOAT32 * step)
    error: Float64Array = np.where(exact, 0.0, _gamma(len(flat) + 1))
    return error


def _gamma(operations: int) -> float:
    """By how much so many roundings change a result at most, relative to it."""
    return operations * UNIT / (1 - operations * UNIT)


def _is_exact(worth: Float64Array, reach: int) -> npt.NDArray[np.bool_]:
    """Do all multiples of `worth` up to `reach` fit 24 bits?"""
    mantissa = np.frexp(worth)[0]
    bits = _DOUBLE_BITS - _trailing_zeros(mantissa)
    odd = np.abs(np.ldexp(mantissa, bits))
    fits: npt.NDArray[np.bool_] = odd * reach <= EXACT_FLOAT32
    return fits


def _trailing_zeros(mantissa: Float64Array) -> npt.NDArray[np.int64]:
    """Of the 53 bits of mantissas from 0.5 up to 1; of 0 it is 53."""
    whole = np.ldexp(np.abs(mantissa), _DOUBLE_BITS).astype(np.int64)
    lowest = (whole & -whole).astype(np.float64)
    zeros = np.frexp(lowest)[1].astype(np.int64) - 1
    return np.where(whole == 0, _DOUBLE_BITS, zeros)
