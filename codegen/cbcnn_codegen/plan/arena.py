"""Places buffers in one block of memory, sharing what is not in use at the same time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import permutations

from cbcnn_codegen.plan.steps import Buffer

_EXHAUSTIVE = 6


def place_buffers(buffers: Sequence[Buffer]) -> tuple[tuple[Buffer, ...], int]:
    """Give every buffer an offset.

    Buffers are placed one after the other, each at the lowest offset that is free. Which order is
    best depends on the lifetimes: every order is tried for a few buffers, two good ones for many.

    Returns:
        the buffers in the order given, and the number of bytes that they take.
    """
    return min((_place(buffers, order) for order in _orders(buffers)), key=lambda placed: placed[1])


def _orders(buffers: Sequence[Buffer]) -> Iterable[Sequence[int]]:
    indices = range(len(buffers))
    if len(buffers) <= _EXHAUSTIVE:
        return permutations(indices)
    by_size = sorted(indices, key=lambda i: (-buffers[i].bytes, i))
    by_time = sorted(indices, key=lambda i: (buffers[i].first, -buffers[i].bytes, i))
    return (by_size, by_time)


def _place(buffers: Sequence[Buffer], order: Sequence[int]) -> tuple[tuple[Buffer, ...], int]:
    placed: dict[int, Buffer] = {}
    for index in order:
        buffer = buffers[index]
        taken = [other for other in placed.values() if other.meets(buffer)]
        placed[index] = replace(buffer, offset=_lowest_gap(buffer, taken))
    end = max((buffer.offset + buffer.bytes for buffer in placed.values()), default=0)
    return tuple(placed[index] for index in range(len(buffers))), end


def _lowest_gap(buffer: Buffer, taken: Iterable[Buffer]) -> int:
    offset = 0
    for other in sorted(taken, key=lambda other: other.offset):
        if offset + buffer.bytes <= other.offset:
            break
        end = other.offset + other.bytes
        offset = max(offset, -(-end // buffer.align) * buffer.align)
    return offset
