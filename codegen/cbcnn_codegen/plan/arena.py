"""Places buffers in one block of memory, sharing what is not in use at the same time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import permutations
from random import Random
from typing import Final, NamedTuple

from cbcnn_codegen.plan.plan import Buffer

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

    Place one buffer after the other, each at the lowest free offset. The best order depends on the
    lifetimes. For a few buffers, try every order. For many, improve good orders by exchanges, the
    same ones on every machine, until the size is `least_size` or all exchanges are used.
    """
    least, puzzle = least_size(buffers), _Puzzle.of(buffers)
    if len(buffers) <= _EXHAUSTIVE:
        return _best(puzzle, permutations(range(len(buffers))), least)
    best = _best(puzzle, _good_orders(buffers), least)
    return best if best.size <= least else _exchange(puzzle, best, least)


class _Puzzle(NamedTuple):
    """Buffers, and for each those with which it may not share memory."""

    buffers: Sequence[Buffer]
    meeting: Sequence[Sequence[int]]

    @classmethod
    def of(cls, buffers: Sequence[Buffer]) -> _Puzzle:
        return cls(buffers, [[i for i, o in enumerate(buffers) if one.meets(o)] for one in buffers])

    def place(self, order: Sequence[int]) -> Placed:
        """One after the other, each at its lowest offset."""
        placed: dict[int, Buffer] = {}
        for index in order:
            buffer = self.buffers[index]
            taken = [placed[other] for other in self.meeting[index] if other in placed]
            placed[index] = replace(buffer, offset=_lowest_gap(buffer, taken))
        done = tuple(placed[index] for index in range(len(self.buffers)))
        ends = [(buffer.offset + buffer.bytes, buffer.element) for buffer in done]
        inner = max((end for end, element in ends if element != "pixel"), default=0)
        return Placed(done, Size(inner, max((end for end, _ in ends), default=0)))


def least_size(buffers: Sequence[Buffer]) -> Size:
    """No placement takes less: the buffers in use at one time, with the largest overlaps."""
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
        shared = 0
        for over, lead_bytes in buffer.leads:
            if over in at:
                joint = max(buffer.bytes, lead_bytes + at[over].bytes)
                shared += max(buffer.bytes + at[over].bytes - joint, 0)
        total -= min(shared, buffer.bytes)
    return total


def _good_orders(buffers: Sequence[Buffer]) -> Iterator[Sequence[int]]:
    indices = range(len(buffers))
    yield sorted(indices, key=lambda i: (-buffers[i].bytes, i))
    yield sorted(indices, key=lambda i: (buffers[i].first, -buffers[i].bytes, i))
    yield sorted(indices, key=lambda i: (-buffers[i].last, buffers[i].bytes, i))
    yield sorted(indices, key=lambda i: (buffers[i].bytes, i))


def _best(puzzle: _Puzzle, orders: Iterator[Sequence[int]], least: Size) -> Placed:
    """The smallest placement of several orders; the first that is as small as can be."""
    best: Placed | None = None
    for order in orders:
        placed = puzzle.place(order)
        if best is None or placed.size < best.size:
            best = placed
        if best.size <= least:
            break
    assert best is not None
    return best


def _exchange(puzzle: _Puzzle, best: Placed, least: Size) -> Placed:
    """Exchange two buffers of an order again and again, keeping what does not make it larger.

    `Random.random` gives the same numbers for the same seed in every version of Python.
    """
    random = Random(0)
    order = sorted(range(len(best.buffers)), key=lambda i: -best.buffers[i].bytes)
    size = puzzle.place(order).size
    for _ in range(_EXCHANGES):
        i, j = (int(random.random() * len(order)) for _ in range(2))
        changed = list(order)
        changed[i], changed[j] = changed[j], changed[i]
        placed = puzzle.place(changed)
        if placed.size <= size:
            order, size = changed, placed.size
        if placed.size < best.size:
            best = placed
        if best.size <= least:
            break
    return best


def _lowest_gap(buffer: Buffer, taken: Sequence[Buffer]) -> int:
    offset = 0
    for low, high in sorted(buffer.excluded(other) for other in taken):
        if low < offset < high:
            offset = -(-high // buffer.align) * buffer.align
    return offset
