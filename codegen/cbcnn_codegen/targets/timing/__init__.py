"""Rules by which cores take cycles; the numbers stand in the file of each target.

All assume memory without wait states. Where an instruction takes a range of cycles that depends on
its operands, the numbers are the upper end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from cbcnn_codegen.targets.timing.instructions import Instruction


class Timing(Protocol):
    """Cycles of blocks of instructions."""

    @property
    def source(self) -> str:
        """Where the numbers are from."""

    def block(self, instructions: Sequence[Instruction], previous: Instruction | None) -> list[int]:
        """Cycles of each instruction in a block that is left without a jump."""

    def leave(self, last: Instruction) -> int:
        """Cycles that the last instruction takes in addition when it jumps."""
