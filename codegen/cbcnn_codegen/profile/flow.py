"""A counter's record: how often control went from one block of instructions to another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple


class Block(NamedTuple):
    """Instructions that run one after the other: entered at the first, left at the last."""

    address: int
    bytes: int

    @property
    def end(self) -> int:
        """The address behind the last instruction."""
        return self.address + self.bytes


class Edge(NamedTuple):
    """A way from `source` to `block`.

    `context` is the last block of the forward function that ran, `block` itself included: it tells
    which layer called a kernel that several layers share.
    """

    context: Block
    source: Block
    block: Block


OUTSIDE: Final = Block(0, 0)
"""The source of the first edge, and the block of the last."""


@dataclass(frozen=True)
class Flow:
    """One run of a function, from its first instruction to its return.

    Attributes:
        counter: the program that counted, with its version.
        edges: with the number of times that control took each.
    """

    counter: str
    edges: Mapping[Edge, int]


def split_instructions(code: bytes, length_of: Callable[[int], int]) -> Iterator[int]:
    """The length in bytes of each instruction in `code`.

    Args:
        code: of some instructions.
        length_of: `Target.instruction_bytes`.
    """
    position = 0
    while position < len(code):
        length = length_of(int.from_bytes(code[position : position + 2], "little"))
        yield length
        position += length
