"""Integers that stand for real numbers, and the functions that lead from one scale to another.

A quantized network computes on integers `q` that are worth `q * scale`. What follows a sum of
products (its bias, batch norms, a ReLU) is one function for each channel, which `Line` collects in
float64 when the code is generated. `Rescaling` is the same function on the device, in integers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from cbcnn_codegen.ir.values import Array, BoolArray, Element, Float32Array, Int32Array, integers

Float64Array = npt.NDArray[np.float64]
Bits = Literal[8, 16, 32]

LARGEST: Final[dict[Bits, int]] = {8: 127, 16: 32767, 32: 2**23 - 1}
"""Largest magnitudes: alike on both sides of zero; of 32 bits, what float32 holds exactly."""

_SPARE_BITS: Final = 6
"""Of a multiplier and of what is added before: an error of 1/64 of a result's step."""

_LARGEST_OFFSET: Final = 2**29


class Fixed(NamedTuple):
    """Integers, and what 1 is worth."""

    element: Element
    scale: float

    @classmethod
    def of_power(cls, largest: float, bits: Bits, *, spare: float = 2.0) -> Fixed:
        """Integers for magnitudes up to `spare * largest`, worth a power of two."""
        exponent = math.frexp(largest * spare / LARGEST[bits])[1]
        return cls(integers(-LARGEST[bits], LARGEST[bits], 1, bits), math.ldexp(1.0, exponent))

    @classmethod
    def of_bytes(cls, largest: float) -> Fixed:
        """Integers of 8 bits of which the largest is worth `largest`."""
        return cls(integers(-LARGEST[8], LARGEST[8], 1, 8), largest / LARGEST[8])

    @property
    def fraction_bits(self) -> int:
        """Where `scale` is a power of two, the bits behind the point, which may be negative."""
        return 1 - math.frexp(self.scale)[1]

    def with_fraction_bits(self, bits: int) -> Fixed:
        """The same integers, worth another power of two."""
        return self._replace(scale=math.ldexp(1.0, -bits))

    def at_most(self, bits: int) -> Fixed:
        """With so many bits behind the point, or fewer."""
        return self.with_fraction_bits(min(self.fraction_bits, bits))

    def at_least(self, bits: int) -> Fixed:
        """With so many bits behind the point, or more."""
        return self.with_fraction_bits(max(self.fraction_bits, bits))


@dataclass(frozen=True, eq=False)
class Rescaling:
    """A function of integers for each channel, in integers.

    With `v = (x << left) + bias` the result is `floor(v * m / 2**32 + 1/2) + offset`, cut to what
    lies between `low` and `high`. `m` is `multiplier` where v > 0, else `negative`; None for the
    same one. `v` fits 32 bits for every x that occurs, and the product 64.
    """

    multiplier: Int32Array
    bias: Int32Array
    offset: Int32Array
    left: int
    low: int
    high: int
    bits: Bits
    negative: Int32Array | None = None

    @property
    def element(self) -> Element:
        """The integers that it makes."""
        return integers(self.low, self.high, 1, self.bits)

    def apply(self, x: Array) -> Array:
        """The results, int32, for integers whose last axis is the channel."""
        v = (x.astype(np.int64) << self.left) + self.bias
        below = self.multiplier if self.negative is None else self.negative
        factor = np.where(v > 0, self.multiplier, below).astype(np.int64)
        scaled = ((v * factor + 2**31) >> 32) + self.offset
        return np.clip(scaled, self.low, self.high).astype(np.int32)


@dataclass(frozen=True, eq=False)
class Line:
    """`outer * bend(x * slope + offset) + outer_offset`, cut to `low` and `high`; by channel.

    `bend` is the factor for negative numbers; None for 1.
    """

    slope: Float64Array
    offset: Float64Array
    bend: Float64Array | None = None
    outer: Float64Array = field(default_factory=lambda: np.ones(1))
    outer_offset: Float64Array = field(default_factory=lambda: np.zeros(1))
    low: float = -math.inf
    high: float = math.inf

    @classmethod
    def of_scale(cls, scale: float, channels: int) -> Line:
        """What integers are worth."""
        return cls(np.full(channels, scale), np.zeros(channels))

    @property
    def is_clipped(self) -> bool:
        """Whether it ends with limits."""
        return self.low > -math.inf or self.high < math.inf

    def scaled(self, multiplier: Float32Array, bias: Float32Array) -> Line | None:
        """Behind it `y * multiplier + bias`; None if limits stand between."""
        factor, shift = multiplier.astype(np.float64), bias.astype(np.float64)
        if self.low == 0 and self.high == math.inf and self.bend is None:
            bent = replace(self, bend=np.zeros(len(self.slope)), low=-math.inf)
            return bent.scaled(multiplier, bias)
        if self.is_clipped:
            return None
        if self.bend is None:
            return replace(self, slope=self.slope * factor, offset=self.offset * factor + shift)
        outer, outer_offset = self.outer * factor, self.outer_offset * factor + shift
        return replace(self, outer=outer, outer_offset=outer_offset)

    def bent(self, slopes: Float32Array | float) -> Line | None:
        """Behind it `y` where it is positive, else `y * slopes`; None if it bends already."""
        if self.is_clipped or self.bend is not None:
            return None
        return replace(self, bend=np.broadcast_to(np.float64(slopes), self.slope.shape))

    def clipped(self, low: float, high: float) -> Line:
        """Behind it limits."""
        return replace(self, low=min(max(self.low, low), high), high=max(min(self.high, high), low))

    def _whole_steps(self, total: Float64Array, ratio: Float64Array, largest: int) -> Float64Array:
        """Steps of the result that are added behind, of those that a function adds in all.

        None, if what is added in front does it, in every channel.
        """
        in_front = np.abs(total) <= np.abs(ratio) * largest
        return np.zeros(len(total)) if self.bend is None and in_front.all() else np.rint(total)

    def to_integers(self, largest: int, made: Fixed) -> Rescaling:
        """The same from integers up to `largest` in magnitude to others.

        Raises:
            ValueError: it reaches so far beyond what it makes that 32 bits do not hold it.
        """
        outer, bits = self.outer / made.scale, made.element.bits
        ratio, total = self.slope * outer, (self.offset * self.outer) / made.scale
        above, below = ratio, ratio
        offset: Float64Array = np.broadcast_to(self.outer_offset / made.scale, ratio.shape)
        with np.errstate(divide="ignore", invalid="ignore"):
            zero = np.where(self.slope == 0, np.inf, self.offset / self.slope)
        inside: BoolArray = np.zeros(len(ratio), np.bool_)
        if self.bend is not None:
            inside = np.abs(zero) < largest
            side = np.where(self.offset > 0, 1.0, self.bend)
            rising, bent = self.slope >= 0, ratio * self.bend
            above = np.where(inside, np.where(rising, ratio, bent), ratio * side)
            below = np.where(inside, np.where(rising, bent, ratio), above)
            total = total * side
        total = offset + np.where(inside, 0.0, total)
        whole = self._whole_steps(total, above, largest)
        with np.errstate(divide="ignore", invalid="ignore"):
            rest = np.where(above == 0, 0.0, (total - whole) / above)
        bias = np.where(inside, zero, np.clip(rest, -largest, largest))
        whole = np.where(inside, np.rint(total), whole)
        left = _left_shift(max(np.abs(above).max(), np.abs(below).max()), largest)
        factor = 2.0 ** (32 - left)
        limits = (
            int(np.clip(np.rint(of / made.scale), -LARGEST[bits], LARGEST[bits]))
            for of in (self.low, self.high)
        )
        low, high = limits
        is_bent = self.bend is not None and bool((above != below).any())
        return Rescaling(
            _integers(above * factor),
            _integers(bias * 2.0**left),
            _integers(np.clip(whole, -_LARGEST_OFFSET, _LARGEST_OFFSET)),
            left,
            low,
            high,
            bits,
            _integers(below * factor) if is_bent else None,
        )


def _left_shift(ratio: float, largest: int) -> int:
    """Bits behind the point of what is multiplied: enough, and none too many for 32 bits."""
    exponent = math.frexp(ratio)[1]
    most = 30 - (2 * largest + 1).bit_length()
    least = max(exponent + 2, 0)
    if least > most:
        raise ValueError(f"results up to {ratio * largest:g}")
    return min(max(exponent + 2 + _SPARE_BITS, 0), most)


def _integers(values: Float64Array) -> Int32Array:
    return np.rint(values).astype(np.int32)
