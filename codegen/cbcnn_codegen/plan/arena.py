"""Places buffers in one block of memory, sharing what is not in use at the same time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import permutations
from random import Random
from typing import Final, NamedTuple

from cbcnn_codegen.plan.buffer import Buffer

_EXHAUSTIVE: Final = 5
_EXCHANGES: Final = 400
_UNPLACED: Final = -1


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
    """Buffers, and for each what the others with which it may not share memory rule out.

    Attributes:
        ruled_out: of each buffer, other ones with the offsets `low < offset < high` that they rule
            out, counted from their own.
    """

    buffers: Sequence[Buffer]
    ruled_out: Sequence[Sequence[tuple[int, int, int]]]

    @classmethod
    def of(cls, buffers: Sequence[Buffer]) -> _Puzzle:
        return cls(buffers, [_ruled_out(one, buffers) for one in buffers])

    def offsets(self, order: Sequence[int]) -> list[int]:
        """One after the other, each at its lowest offset; `_UNPLACED` for those left out."""
        offsets = [_UNPLACED] * len(self.buffers)
        for index in order:
            taken = [
                (offsets[other] + low, offsets[other] + high)
                for other, low, high in self.ruled_out[index]
                if offsets[other] != _UNPLACED
            ]
            offsets[index] = _lowest_gap(self.buffers[index].align, taken)
        return offsets

    def size(self, offsets: Sequence[int]) -> Size:
        """What the buffers take."""
        inner = whole = 0
        for buffer, offset in zip(self.buffers, offsets, strict=True):
            end = offset + buffer.bytes
            whole = max(whole, end)
            if buffer.element != "pixel":
                inner = max(inner, end)
        return Size(inner, whole)

    def placed(self, offsets: Sequence[int]) -> Placed:
        """The buffers at these offsets."""
        pairs = zip(self.buffers, offsets, strict=True)
        done = tuple(replace(buffer, offset=offset) for buffer, offset in pairs)
        return Placed(done, self.size(offsets))


def _ruled_out(one: Buffer, buffers: Sequence[Buffer]) -> list[tuple[int, int, int]]:
    found = []
    for index, other in enumerate(buffers):
        if one.meets(other):
            low, high = one.excluded(other)
            found.append((index, low - other.offset, high - other.offset))
    return found


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
    best, size = puzzle.offsets(()), None
    for order in orders:
        offsets = puzzle.offsets(order)
        taken = puzzle.size(offsets)
        if size is None or taken < size:
            best, size = offsets, taken
        if size <= least:
            break
    return puzzle.placed(best)


def _exchange(puzzle: _Puzzle, start: Placed, least: Size) -> Placed:
    """Exchange two buffers of an order again and again, keeping what does not make it larger.

    `Random.random` gives the same numbers for the same seed in every version of Python.
    """
    random = Random(0)
    order = sorted(range(len(start.buffers)), key=lambda i: -start.buffers[i].bytes)
    size = puzzle.size(puzzle.offsets(order))
    best, smallest = [buffer.offset for buffer in start.buffers], start.size
    for _ in range(_EXCHANGES):
        i, j = (int(random.random() * len(order)) for _ in range(2))
        changed = list(order)
        changed[i], changed[j] = changed[j], changed[i]
        offsets = puzzle.offsets(changed)
        taken = puzzle.size(offsets)
        if taken <= size:
            order, size = changed, taken
        if taken < smallest:
            best, smallest = offsets, taken
        if smallest <= least:
            break
    return puzzle.placed(best)


def _lowest_gap(align: int, taken: list[tuple[int, int]]) -> int:
    offset = 0
    taken.sort()
    for low, high in taken:
        if low < offset < high:
            offset = -(-high // align) * align
    return offset
