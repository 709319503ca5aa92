"""What generated code takes of flash and RAM, as a report says it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class FlashBytes:
    """Flash by its content; None for unmeasured code, which the total leaves out."""

    code: int | None
    weights: int
    constants: int
    total: int


@dataclass(frozen=True)
class RamBytes:
    """RAM by its content; None for an unmeasured stack, which the total leaves out."""

    static: int
    arena: int
    stack: int | None
    total: int


@dataclass(frozen=True)
class ImagePlace:
    """The place for the caller's image in the arena, the size of that arena, and the saving."""

    offset: int
    arena_bytes: int
    saved_bytes: int


BufferUse = Literal["image", "levels", "map", "scratch"]
"""The content of a buffer: the caller's image, counts of grey levels, the map that a layer makes,
or what it needs while it runs."""


@dataclass(frozen=True)
class ReportedBuffer:
    """A piece of the arena.

    Attributes:
        use: of it.
        layer: index of the layer that makes or needs it; -1 is before the first one.
        offset: bytes from the start of the arena.
        bytes: its size.
        first, last: indices of the layers while it is in use, both included; the scores come after
            the last layer.
    """

    use: BufferUse
    layer: int
    offset: int
    bytes: int
    first: int
    last: int
