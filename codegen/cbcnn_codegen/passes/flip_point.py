"""Finds where the sign of a monotone float32 function of an integer flips, and how surely."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cbcnn_codegen.ir import (
    ALTERNATIVES,
    CONTRACT,
    LIKELY,
    MOVED,
    Array,
    BoolArray,
    Element,
    FloatArray,
    Int32Array,
    Monotone,
    Rounding,
)


class FlipPoints(NamedTuple):
    """Per channel: the sign is +1 where `(x >= threshold) != complement`."""

    thresholds: Int32Array
    complement: BoolArray


def find_flip_points(
    ops: Sequence[Monotone],
    element: Element,
    reversed_channels: BoolArray,
    rounding: Rounding = CONTRACT,
) -> FlipPoints:
    """The one comparison per channel that equals a chain of functions on every integer.

    Args:
        ops: monotone functions, the last one a sign.
        element: the integers that can occur, apart from their sign.
        reversed_channels: channels whose integers were negated: the chain sees `-x`.
        rounding: how the floats are computed.
    """
    direction = np.where(reversed_channels, -1, 1)

    def fires(x: Array) -> BoolArray:
        value: FloatArray = (x * direction).astype(rounding.dtype)
        for op in ops:
            value = op.evaluate(value, rounding)
        return value > 0

    channels = len(reversed_channels)
    at_low, at_high = (fires(np.full(channels, end)) for end in (element.low, element.high))
    thresholds = _first_change(fires, at_low, element)
    thresholds[at_low == at_high] = element.low
    # Falling channels, and those that never fire, compare the other way round.
    complement: BoolArray = np.where(at_low == at_high, ~at_low, at_low)
    return FlipPoints(thresholds.astype(np.int32), complement)


def _first_change(
    fires: Callable[[Array], BoolArray], at_low: BoolArray, element: Element
) -> npt.NDArray[np.int64]:
    """Smallest integer per channel where `fires` differs from its first value, by bisection."""
    same = np.full(len(at_low), element.low, np.int64)
    different = np.full(len(at_low), element.high, np.int64)
    while (different - same > 1).any():
        middle = (same + different) // 2
        changed = fires(middle) != at_low
        different = np.where(changed, middle, different)
        same = np.where(changed, same, middle)
    return different


def find_knife_edges(
    ops: Sequence[Monotone], element: Element, reversed_channels: BoolArray, flips: FlipPoints
) -> tuple[int, ...]:
    """Channels where another rounding of the floats would flip the sign of a reachable integer."""
    ways = (*ALTERNATIVES, *MOVED) if any(op.is_rounded for op in ops) else ALTERNATIVES
    return _differing(ops, element, reversed_channels, flips, ways)


def find_ties(
    ops: Sequence[Monotone], element: Element, reversed_channels: BoolArray, flips: FlipPoints
) -> tuple[int, ...]:
    """Channels where a reachable integer lies on the line between the signs, or so close to it that
    TensorFlow's rounding of sums probably decides.
    """
    ways = LIKELY if any(op.is_rounded for op in ops) else ()
    return _differing(ops, element, reversed_channels, flips, ways)


def _differing(
    ops: Sequence[Monotone],
    element: Element,
    reversed_channels: BoolArray,
    flips: FlipPoints,
    ways: Iterable[Rounding],
) -> tuple[int, ...]:
    """Channels where one of these roundings would flip the sign of a reachable integer."""
    differs = np.zeros(len(reversed_channels), np.bool_)
    contract = reachable(element, flips)
    for rounding in ways:
        with np.errstate(over="ignore", invalid="ignore"):  # the contract's own order is finite
            other = find_flip_points(ops, element, reversed_channels, rounding)
        differs |= (reachable(element, other) != contract) | (other.complement != flips.complement)
    return tuple(int(channel) for channel in np.flatnonzero(differs))


def reachable(element: Element, flips: FlipPoints) -> Int32Array:
    """Thresholds rounded up to integers that occur."""
    missing: Int32Array = (element.low - flips.thresholds) % element.step
    return flips.thresholds + missing
