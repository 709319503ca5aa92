"""Where the sign of a monotone float32 function of one integer flips, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cbcnn_codegen.arithmetic import batch_norm_with, flush_denormals, inverse_deviation
from cbcnn_codegen.ir import (
    BatchNorm,
    BoolArray,
    Conv,
    Input,
    Int32Array,
    Op,
    Product,
    Relu,
    Sign,
)
from cbcnn_codegen.passes.segments import Segment

Array = npt.NDArray[Any]
FloatArray = npt.NDArray[np.floating[Any]]


class FlipPoints(NamedTuple):
    """Per channel: the sign is +1 where `(x >= threshold) != complement`."""

    thresholds: Int32Array
    complement: BoolArray


class Rounding(NamedTuple):
    """One way of computing a chain in floats.

    Attributes:
        dtype: of every step.
        ulps: by how many units in the last place the inverse deviation is moved.
        other_order: compute batch norms in the order of the other rank.
    """

    dtype: type[np.floating[Any]] = np.float32
    ulps: int = 0
    other_order: bool = False


CONTRACT = Rounding()
"""How Keras computes it; the thresholds follow this one."""

ALTERNATIVES = (
    Rounding(np.float64),
    Rounding(ulps=1),
    Rounding(ulps=-1),
    Rounding(other_order=True),
    Rounding(ulps=1, other_order=True),
    Rounding(ulps=-1, other_order=True),
)
"""How another build of TensorFlow, or exact arithmetic, may compute it."""


def find_flip_points(
    segment: Segment, source: Input, reversed_channels: BoolArray, rounding: Rounding = CONTRACT
) -> FlipPoints:
    """The one comparison per channel that equals the segment's chain on every reachable integer.

    Args:
        segment: a producer and a chain that ends in a sign, pooling apart.
        source: the image, for the range of its integers.
        reversed_channels: channels whose accumulator was negated: the chain sees `-x`.
        rounding: how the floats are computed.
    """
    low, high = accumulator_limits(segment, source)
    direction = np.where(reversed_channels, -1, 1)

    def fires(x: Array) -> BoolArray:
        return _evaluate(segment.producer, segment.chain, x * direction, rounding)

    channels = len(reversed_channels)
    at_low, at_high = fires(np.full(channels, low)), fires(np.full(channels, high))
    thresholds = _first_change(fires, at_low, low, high)
    thresholds[at_low == at_high] = low
    # Falling channels, and those that never fire, compare the other way round.
    complement: BoolArray = np.where(at_low == at_high, ~at_low, at_low)
    return FlipPoints(thresholds.astype(np.int32), complement)


def _first_change(
    fires: Callable[[Array], BoolArray], at_low: BoolArray, low: int, high: int
) -> npt.NDArray[np.int64]:
    """Smallest integer per channel where `fires` differs from its value at `low`, by bisection."""
    same = np.full(len(at_low), low, np.int64)
    different = np.full(len(at_low), high, np.int64)
    while (different - same > 1).any():
        middle = (same + different) // 2
        changed = fires(middle) != at_low
        different = np.where(changed, middle, different)
        same = np.where(changed, same, middle)
    return different


def accumulator_limits(segment: Segment, source: Input) -> tuple[int, int]:
    """Bounds of the integers that the segment's producer can make."""
    producer = segment.producer
    if producer is None:
        return source.limits
    products = producer.weights[0].size
    if segment.source.kind == "signs":
        return -products, products
    largest = max(abs(limit) for limit in source.limits)
    if isinstance(producer, Conv):
        largest = max(largest, abs(round(producer.pad)))
    return -products * largest, products * largest


def find_knife_edges(
    segment: Segment, source: Input, reversed_channels: BoolArray, flips: FlipPoints
) -> tuple[int, ...]:
    """Channels where another rounding of the floats would flip the sign of a reachable integer."""
    differs = np.zeros(len(reversed_channels), np.bool_)
    contract = _reachable(segment, flips)
    for rounding in ALTERNATIVES:
        with np.errstate(over="ignore", invalid="ignore"):  # the contract's own order is finite
            other = find_flip_points(segment, source, reversed_channels, rounding)
        differs |= (_reachable(segment, other) != contract) | (other.complement != flips.complement)
    return tuple(int(channel) for channel in np.flatnonzero(differs))


def _reachable(segment: Segment, flips: FlipPoints) -> Int32Array:
    """Thresholds rounded up to integers that occur: a full sum of n signs has the parity of n."""
    producer = segment.producer
    if producer is None or segment.source.kind != "signs":
        return flips.thresholds
    if isinstance(producer, Conv) and any(producer.window.padding) and producer.pad == 0:
        return flips.thresholds
    parity: Int32Array = (flips.thresholds - producer.weights[0].size) % 2
    return flips.thresholds + parity


def _evaluate(
    producer: Product | None, chain: tuple[Op, ...], x: Array, rounding: Rounding
) -> BoolArray:
    value: FloatArray = x.astype(rounding.dtype)
    if producer is not None and producer.multiplier is not None:
        value = flush_denormals(value * producer.multiplier.astype(rounding.dtype))
    if producer is not None and producer.bias is not None:
        value = flush_denormals(value + producer.bias.astype(rounding.dtype))
    for op in chain:
        match op:
            case BatchNorm():
                value = _normalise(op, value, rounding)
            case Relu():
                value = np.maximum(value, rounding.dtype(0))
            case Sign():
                positive = value >= 0 if op.zero > 0 else value > 0
                value = np.where(positive, rounding.dtype(1), rounding.dtype(-1))
            case _:
                pass  # pooling and Flatten pick values, they do not change them
    return value > 0


def _normalise(norm: BatchNorm, x: FloatArray, rounding: Rounding) -> FloatArray:
    inverse: FloatArray
    if rounding.dtype is np.float64:
        deviation = np.sqrt(norm.variance.astype(np.float64) + norm.epsilon)
        inverse = norm.gamma.astype(np.float64) / deviation
    else:
        inverse = inverse_deviation(norm)
        for _ in range(abs(rounding.ulps)):
            inverse = np.nextafter(inverse, np.float32(np.copysign(np.inf, rounding.ulps)))
        inverse[norm.gamma == 0] = 0
    return batch_norm_with(norm, inverse, x, fused=norm.fused != rounding.other_order)
