"""Instructions as timing tables see them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

FLAGS: Final = "cpsr"
"""The register of the condition flags."""


class Kind(Enum):
    """What an instruction occupies the processor with."""

    DATA = auto()
    MULTIPLY = auto()
    MULTIPLY_ADD = auto()
    MULTIPLY_LONG = auto()
    MULTIPLY_ADD_LONG = auto()
    DIVIDE = auto()
    LOAD = auto()
    STORE = auto()
    LOAD_MANY = auto()
    STORE_MANY = auto()
    BRANCH = auto()
    CALL = auto()
    BRANCH_REGISTER = auto()
    TABLE_BRANCH = auto()
    IF_THEN = auto()
    SYSTEM = auto()
    FLOAT = auto()
    FLOAT_MULTIPLY_ADD = auto()
    FLOAT_DIVIDE = auto()


@dataclass(frozen=True)
class Instruction:
    """One instruction.

    Attributes:
        kind: decides about the cycles.
        reads, writes: registers.
        address_reads: the registers among `reads` that make the address of a load or store.
        moved: words that a load or store moves.
        wide: four bytes instead of two.
        sets_flags: or may set them.
        is_shifted: one operand goes through the shifter first.
        is_narrow_load: of a byte or a halfword.
    """

    kind: Kind
    reads: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()
    address_reads: frozenset[str] = frozenset()
    moved: int = 0
    wide: bool = False
    sets_flags: bool = False
    is_shifted: bool = False
    is_narrow_load: bool = False

    @property
    def moves_pc(self) -> bool:
        """Whether control goes elsewhere by loading or moving a value into the program counter."""
        return "pc" in self.writes
