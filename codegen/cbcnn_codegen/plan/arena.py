"""Places buffers in one block of memory, sharing what is not in use at the same time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import permutations
from random import Random
from typing import Final, NamedTuple

from cbcnn_codegen.plan.steps import Buffer

_EXHAUSTIVE: Final = 5
_EXCHANGES: Final = 400


class Size(NamedTuple):
    """Bytes of the arena, and of one that holds the image too. The first one counts first."""

    bytes: int
    with_image: int


class Placed(NamedTuple):
    """Buffers with their offsets, in the order given, and what they take."""

    buffers: tuple[Buffer, ...]
    size: Size


def place_buffers(buffers: Sequence[Buffer]) -> Placed:
    """Give every buffer an offset.

    Buffers are placed one after the other, each at the lowest offset that is free. Which order is
    best depends on the lifetimes: every order is tried for a few buffers. For many, good orders
    are improved by exchanges, the same ones on every machine, until `least_size` is reached or the
    exchanges are used up.
    """
    least = least_size(buffers)
    if len(buffers) <= _EXHAUSTIVE:
        orders: Iterator[Sequence[int]] = permutations(range(len(buffers)))
        return _best(buffers, orders, least)
    best = _best(buffers, _good_orders(buffers), least)
    return best if best.size <= least else _exchange(buffers, best, least)


def least_size(buffers: Sequence[Buffer]) -> Size:
    """No placement takes less: what is in use at one time, overlaps at their largest."""
    least = _most_in_use([buffer for buffer in buffers if buffer.element != "pixel"])
    return Size(least, max(least, _most_in_use(buffers)))


def _most_in_use(buffers: Sequence[Buffer]) -> int:
    moments = {buffer.first for buffer in buffers}
    return max(
        (_in_use([b for b in buffers if b.first <= t <= b.last]) for t in moments), default=0
    )


def _in_use(buffers: Sequence[Buffer]) -> int:
    at = {buffer.name: buffer for buffer in buffers}
    total = sum(buffer.bytes for buffer in buffers)
    for buffer in buffers:
        source = at.get(buffer.over) if buffer.over else None
        if source is not None:
            joint = max(buffer.bytes, buffer.lead_bytes + source.bytes)
            total -= max(buffer.bytes + source.bytes - joint, 0)
    return total


def _good_orders(buffers: Sequence[Buffer]) -> Iterator[Sequence[int]]:
    indices = range(len(buffers))
    yield sorted(indices, key=lambda i: (-buffers[i].bytes, i))
    yield sorted(indices, key=lambda i: (buffers[i].first, -buffers[i].bytes, i))
    yield sorted(indices, key=lambda i: (-buffers[i].last, buffers[i].bytes, i))
    yield sorted(indices, key=lambda i: (buffers[i].bytes, i))


def _best(buffers: Sequence[Buffer], orders: Iterator[Sequence[int]], least: Size) -> Placed:
    """The smallest placement of several orders; the first that is as small as can be."""
    best: Placed | None = None
    for order in orders:
        placed = _place(buffers, order)
        if best is None or placed.size < best.size:
            best = placed
        if best.size <= least:
            break
    assert best is not None
    return best


def _exchange(buffers: Sequence[Buffer], best: Placed, least: Size) -> Placed:
    """Exchange two buffers of an order again and again, keeping what does not make it larger.

    `Random.random` gives the same numbers for the same seed in every version of Python.
    """
    random = Random(0)
    order = sorted(range(len(buffers)), key=lambda i: -buffers[i].bytes)
    size = _place(buffers, order).size
    for _ in range(_EXCHANGES):
        i, j = (int(random.random() * len(order)) for _ in range(2))
        changed = list(order)
        changed[i], changed[j] = changed[j], changed[i]
        placed = _place(buffers, changed)
        if placed.size <= size:
            order, size = changed, placed.size
        if placed.size < best.size:
            best = placed
        if best.size <= least:
            break
    return best


def _place(buffers: Sequence[Buffer], order: Sequence[int]) -> Placed:
    placed: dict[int, Buffer] = {}
    for index in order:
        buffer = buffers[index]
        offset = _lowest_gap(buffer, list(placed.values()))
        placed[index] = replace(buffer, offset=offset)
    done = tuple(placed[index] for index in range(len(buffers)))
    ends = [(buffer.offset + buffer.bytes, buffer.element) for buffer in done]
    inner = max((end for end, element in ends if element != "pixel"), default=0)
    return Placed(done, Size(inner, max((end for end, _ in ends), default=0)))


def _lowest_gap(buffer: Buffer, taken: Sequence[Buffer]) -> int:
    offset = 0
    for low, high in sorted(buffer.excluded(other) for other in taken):
        if low < offset < high:
            offset = -(-high // buffer.align) * buffer.align
    return offset
