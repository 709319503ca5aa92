"""Processors that overlap instructions: Cortex-M33 and M7.

Arm publishes no cycle counts for them. The rules here are the main ones of what others have
measured; a block is counted by itself, with all registers ready where it starts and every branch
predicted where the processor predicts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cbcnn_codegen.targets.timing.instructions import FLAGS, Instruction, Kind

_MEMORY: Final = frozenset({Kind.LOAD, Kind.STORE, Kind.LOAD_MANY, Kind.STORE_MANY})
_MULTIPLIES: Final = frozenset(
    {Kind.MULTIPLY, Kind.MULTIPLY_ADD, Kind.MULTIPLY_LONG, Kind.MULTIPLY_ADD_LONG}
)

_LATE: Final = _MULTIPLIES | {Kind.LOAD, Kind.LOAD_MANY}

LONG: Final = {Kind.DIVIDE: 12, Kind.FLOAT_DIVIDE: 14, Kind.SYSTEM: 2}
"""What occupies these processors for several cycles."""

RESULTS: Final = {
    **dict.fromkeys(_MULTIPLIES, 2),
    Kind.DIVIDE: 12,
    Kind.FLOAT_DIVIDE: 14,
}
"""Latencies that these processors have in common."""


@dataclass(frozen=True)
class PipelinedTiming:
    """Rules of an in-order pipeline.

    Attributes:
        source: where the numbers are from.
        occupies: cycles until the next instruction can start, of the kinds where it is not one.
        latency: cycles until another instruction can use the result, where it is not one.
        early_extra: added to the latency of a load or multiplication when its result is shifted,
            multiplied or made an address.
        shifted_latency: latency of an operation with a shifted operand.
        narrow_load_extra: added to the latency of a load of a byte or halfword.
        words_per_cycle: that loads and stores of several words move.
        dual_issue: whether two instructions can start together; see `_compete`.
        folds_branches: whether a branch starts together with the instruction before it, if both
            have two bytes. If-then always does.
        taken_otherwise: cycles more when control goes elsewhere.
    """

    source: str
    occupies: Mapping[Kind, int]
    latency: Mapping[Kind, int]
    early_extra: int
    shifted_latency: int
    narrow_load_extra: int
    words_per_cycle: int
    dual_issue: bool
    folds_branches: bool
    taken_otherwise: int

    def block(self, instructions: Sequence[Instruction], previous: Instruction | None) -> list[int]:
        """Cycles of each instruction: from its start to that of the next, 0 if both start at once.

        A conditional instruction counts as executed whether or not its condition holds.

        Args:
            instructions: of the block.
            previous: is not looked at; a block starts with everything ready.
        """
        del previous
        ready: dict[str, tuple[int, int]] = {}
        starts: list[int] = []
        free_from = 0
        leader: Instruction | None = None
        for now in instructions:
            needed = max((_needed(now, name, ready) for name in now.reads), default=0)
            joins = leader is not None and self._joins(leader, now) and needed <= starts[-1]
            start = starts[-1] if joins else max(free_from, needed)
            leader = None if joins else now
            starts.append(start)
            free_from = max(free_from, start + self._occupied(now))
            latency = self._latency(now)
            early = latency + self.early_extra * (now.kind in _LATE)
            ready.update((name, (start + latency, start + early)) for name in now.writes)
        return [
            after - start for start, after in zip(starts, [*starts[1:], free_from], strict=True)
        ]

    def leave(self, last: Instruction) -> int:
        """Cycles that the last instruction of a block takes in addition when it jumps."""
        del last
        return self.taken_otherwise

    def _joins(self, first: Instruction, second: Instruction) -> bool:
        """Whether `second` starts together with `first`, its operands apart."""
        if second.kind is Kind.IF_THEN:
            return True
        if self.folds_branches and second.kind is Kind.BRANCH:
            return not first.wide and not second.wide
        if not self.dual_issue or first.writes & (second.reads | second.writes):
            return False
        return not _compete(first, second)

    def _occupied(self, instruction: Instruction) -> int:
        if instruction.kind in (Kind.LOAD_MANY, Kind.STORE_MANY):
            return max(-(-instruction.moved // self.words_per_cycle), 1)
        return self.occupies.get(instruction.kind, 1)

    def _latency(self, instruction: Instruction) -> int:
        latency = self.latency.get(instruction.kind, 1)
        if instruction.is_shifted:
            latency = max(latency, self.shifted_latency)
        return latency + self.narrow_load_extra * instruction.is_narrow_load


def _needed(now: Instruction, register: str, ready: Mapping[str, tuple[int, int]]) -> int:
    """The cycle from which `now` can start as far as one register is concerned.

    What is stored is needed one cycle later than what is calculated with. A branch does not wait
    for flags.
    """
    if register == FLAGS and now.kind is Kind.BRANCH:
        return 0
    late, early = ready.get(register, (0, 0))
    is_address = register in now.address_reads
    if now.kind is Kind.STORE and not is_address:
        return late - 1
    return early if now.is_shifted or now.kind in _MULTIPLIES or is_address else late


def _compete(first: Instruction, second: Instruction) -> bool:
    """Whether two instructions need the same part of a processor with two arithmetic units."""
    kinds = {first.kind, second.kind}
    alone = {Kind.LOAD_MANY, Kind.STORE_MANY, Kind.DIVIDE, Kind.SYSTEM, Kind.CALL}
    return (
        bool(kinds & alone)
        or kinds <= _MEMORY
        or kinds <= _MULTIPLIES
        or (Kind.STORE in kinds and bool(kinds & _MULTIPLIES))
        or (first.is_shifted and second.is_shifted)
    )
