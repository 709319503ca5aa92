"""A piece of the arena, and what it may share its place with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from cbcnn_codegen.kernels import Element


class Lead(NamedTuple):
    """A buffer that another one may overlap if that starts so many bytes before it."""

    over: str
    bytes: int


def may_share(align: int, other: int) -> bool:
    """Whether a function may write elements of one of these sizes over those of the other.

    Within a function a compiler assumes that elements of different size never share memory; bytes
    may share it with anything. From one function to the next, memory takes elements of any type.
    """
    return align == other or 1 in (align, other)


@dataclass(frozen=True)
class Buffer:
    """A piece of the arena, in use from step `first` to step `last`, both included.

    `align` is that of its element.

    Attributes:
        leads: buffers that a kernel reads for the last time while it writes this one, and that it
            may overlap.
    """

    name: str
    element: Element
    bytes: int
    align: int
    first: int
    last: int
    leads: tuple[Lead, ...] = ()
    offset: int = 0

    def meets(self, other: Buffer) -> bool:
        """Whether the two may not share memory, unless one has a lead over the other."""
        return self.first <= other.last and other.first <= self.last

    def excluded(self, other: Buffer) -> tuple[int, int]:
        """The offsets `low < offset < high` that another buffer, which has its place, rules out."""
        low, high = other.offset - self.bytes, other.offset + other.bytes
        if not self.meets(other):
            return 0, 0
        for lead in self.leads:
            if lead.over == other.name:
                low = max(low, other.offset - lead.bytes)
        for lead in other.leads:
            if lead.over == self.name:
                high = min(high, other.offset + lead.bytes)
        return low, high
