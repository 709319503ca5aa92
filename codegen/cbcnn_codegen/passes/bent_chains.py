"""Chains that fall and then rise: two comparisons instead of one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from cbcnn_codegen.ir import CONTRACT, BoolArray, Element, FloatArray, Monotone
from cbcnn_codegen.passes.flip_point import (
    FlipPoints,
    find_flip_points,
    find_knife_edges,
    find_ties,
)


class BentFlips(NamedTuple):
    """The sign is the product of two signs, each by one comparison.

    Attributes:
        comparisons: two for each channel.
        edges: channels where another rounding would flip a sign.
        ties: channels where TensorFlow's rounding of sums probably decides.
    """

    comparisons: tuple[FlipPoints, FlipPoints]
    edges: tuple[int, ...]
    ties: tuple[int, ...]


def find_bent_flips(ops: Sequence[Monotone], element: Element, channels: int) -> BentFlips:
    """The two comparisons per channel that equal a chain with one function that bends at zero.

    Of the function's halves, each is the function on its side of zero and 0 on the other, so each
    chain with a half in its place is monotone, and on the other side its sign is that of the rest
    at 0. The product of both signs with that one is the sign of the whole.

    Args:
        ops: functions, of which one is not monotone, the last one a sign.
        element: the integers that can occur.
        channels: how many there are.
    """
    bend = next(i for i, op in enumerate(ops) if not op.is_monotone)
    halves = ops[bend].halves()
    assert halves is not None, "a function that is not monotone has halves"
    none: BoolArray = np.zeros(channels, np.bool_)
    chains = [[*ops[:bend], half, *ops[bend + 1 :]] for half in halves]
    flips = [find_flip_points(chain, element, none) for chain in chains]
    pairs = [*zip(chains, flips, strict=True)]
    edges = (find_knife_edges(chain, element, none, found) for chain, found in pairs)
    ties = (find_ties(chain, element, none, found) for chain, found in pairs)
    upper, lower = flips
    lower = lower._replace(complement=lower.complement ^ _is_negative(ops[bend + 1 :], channels))
    return BentFlips((upper, lower), _union(edges), _union(ties))


def _is_negative(ops: Sequence[Monotone], channels: int) -> BoolArray:
    """Where functions make -1 of 0."""
    value: FloatArray = np.zeros(channels, np.float32)
    for op in ops:
        value = op.evaluate(value, CONTRACT)
    negative: BoolArray = value < 0
    return negative


def _union(found: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(sorted({channel for channels in found for channel in channels}))
