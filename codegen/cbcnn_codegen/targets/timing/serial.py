"""Processors that finish one instruction before the next: Cortex-M0, M0+, M3 and M4."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cbcnn_codegen.targets.timing.instructions import Instruction, Kind

_SINGLE: Final = (Kind.LOAD, Kind.STORE)


@dataclass(frozen=True)
class SerialTiming:
    """Cycles by kind of instruction, zero wait states.

    Attributes:
        source: where the numbers are from.
        cycles: of the kinds that do not take one.
        many: of a load or store of several words, beside one for each word.
        paired_load: of a load directly after another single load or store that does not change a
            register of its address.
        taken: more when control goes elsewhere, by kind of instruction.
        taken_otherwise: likewise for all other kinds.
    """

    source: str
    cycles: Mapping[Kind, int]
    paired_load: int | None
    taken: Mapping[Kind, int]
    taken_otherwise: int
    many: int = 1

    def block(self, instructions: Sequence[Instruction], previous: Instruction | None) -> list[int]:
        """Cycles of each instruction in a block that control does not leave by a jump.

        A conditional instruction counts as executed whether or not its condition holds.

        Args:
            instructions: of the block.
            previous: the instruction before the block, if control came from there without a jump.
        """
        before = [previous, *instructions[:-1]]
        return [self._cycles(now, last) for now, last in zip(instructions, before, strict=True)]

    def leave(self, last: Instruction) -> int:
        """Cycles that the last instruction of a block takes in addition when it jumps."""
        return self.taken.get(last.kind, self.taken_otherwise)

    def _cycles(self, now: Instruction, last: Instruction | None) -> int:
        if now.kind in (Kind.LOAD_MANY, Kind.STORE_MANY):
            return self.many + now.moved
        pairs = self.paired_load is not None and now.kind is Kind.LOAD and now.moved == 1
        if pairs and last is not None and last.kind in _SINGLE and last.moved == 1:
            feeds = last.writes & now.address_reads
            return self.cycles[Kind.LOAD] if feeds else self.paired_load or 0
        return self.cycles.get(now.kind, 1) + max(now.moved - 1, 0)
