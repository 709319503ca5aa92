"""Cycles of each core, with their sources. All assume memory without wait states.

Where an instruction takes a range of cycles that depends on its operands, the upper end is used.
Cortex-M55 and RISC-V cores have no table: instructions alone are reported.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from cbcnn_codegen.profile.timing.instructions import Instruction, Kind
from cbcnn_codegen.profile.timing.pipelined import PipelinedTiming
from cbcnn_codegen.profile.timing.serial import SerialTiming


class Timing(Protocol):
    """Cycles of blocks of instructions."""

    @property
    def source(self) -> str:
        """Where the numbers are from."""

    def block(self, instructions: Sequence[Instruction], previous: Instruction | None) -> list[int]:
        """Cycles of each instruction in a block that is left without a jump."""

    def leave(self, last: Instruction) -> int:
        """Cycles that the last instruction takes in addition when it jumps."""


CORTEX_M0: Final = SerialTiming(
    source="Cortex-M0 Technical Reference Manual (DDI 0432C), table 3-1, single-cycle multiplier",
    cycles={Kind.LOAD: 2, Kind.STORE: 2, Kind.SYSTEM: 4},
    paired_load=None,
    taken={Kind.CALL: 3, Kind.LOAD_MANY: 3},
    taken_otherwise=2,
)

CORTEX_M0PLUS: Final = SerialTiming(
    source="Cortex-M0+ Technical Reference Manual (DDI 0484C), table 3-1, single-cycle multiplier",
    cycles={Kind.LOAD: 2, Kind.STORE: 2, Kind.SYSTEM: 3},
    paired_load=None,
    taken={Kind.CALL: 2, Kind.LOAD_MANY: 2},
    taken_otherwise=1,
)

# A taken branch refills the pipeline; of the 1 to 3 cycles that the manual gives, 2 are usual.
CORTEX_M3: Final = SerialTiming(
    source="Cortex-M3 Technical Reference Manual (DDI 0337I), table 3-1",
    cycles={
        Kind.LOAD: 2,
        Kind.TABLE_BRANCH: 2,
        Kind.MULTIPLY_ADD: 2,
        Kind.MULTIPLY_LONG: 5,
        Kind.MULTIPLY_ADD_LONG: 7,
        Kind.DIVIDE: 12,
        Kind.SYSTEM: 2,
    },
    paired_load=1,
    taken={},
    taken_otherwise=2,
)

CORTEX_M4: Final = SerialTiming(
    source="Cortex-M4 Technical Reference Manual (DDI 0439D), tables 3-1 and 7-1",
    cycles={
        Kind.LOAD: 2,
        Kind.TABLE_BRANCH: 2,
        Kind.DIVIDE: 12,
        Kind.SYSTEM: 2,
        Kind.FLOAT_MULTIPLY_ADD: 3,
        Kind.FLOAT_DIVIDE: 14,
    },
    paired_load=1,
    taken={},
    taken_otherwise=2,
)

_RESULTS: Final = {
    Kind.MULTIPLY: 2,
    Kind.MULTIPLY_ADD: 2,
    Kind.MULTIPLY_LONG: 2,
    Kind.MULTIPLY_ADD_LONG: 2,
    Kind.DIVIDE: 12,
    Kind.FLOAT_DIVIDE: 14,
}
_LONG: Final = {Kind.DIVIDE: 12, Kind.FLOAT_DIVIDE: 14, Kind.SYSTEM: 2}

# Calls and returns are assumed to refill the pipeline as on the Cortex-M4.
CORTEX_M33: Final = PipelinedTiming(
    source="measured on RP2350 by others (github.com/jnk0le/random, pipeline cycle test), "
    "main rules alone",
    occupies={**_LONG, Kind.FLOAT_MULTIPLY_ADD: 3},
    latency={
        **_RESULTS,
        Kind.LOAD: 2,
        Kind.LOAD_MANY: 2,
        Kind.FLOAT: 2,
        Kind.FLOAT_MULTIPLY_ADD: 3,
    },
    early_extra=0,
    shifted_latency=2,
    narrow_load_extra=0,
    words_per_cycle=1,
    dual_issue=False,
    folds_branches=True,
    taken_otherwise=2,
)

# A branch that is predicted, and in loops nearly all are, costs nothing but its place.
CORTEX_M7: Final = PipelinedTiming(
    source="measured on STM32H7 by others (quinapalus.com/cm7cycles.html, "
    "github.com/jnk0le/random), main rules alone, all branches predicted",
    occupies=_LONG,
    latency={**_RESULTS, Kind.FLOAT: 3, Kind.FLOAT_MULTIPLY_ADD: 6},
    early_extra=1,
    shifted_latency=1,
    narrow_load_extra=1,
    words_per_cycle=2,
    dual_issue=True,
    folds_branches=False,
    taken_otherwise=0,
)

TIMINGS: Final[dict[str, Timing]] = {
    "cortex-m0": CORTEX_M0,
    "cortex-m0plus": CORTEX_M0PLUS,
    "cortex-m3": CORTEX_M3,
    "cortex-m4": CORTEX_M4,
    "cortex-m33": CORTEX_M33,
    "cortex-m7": CORTEX_M7,
}

CLOCK_MHZ: Final[dict[str, float]] = {
    "cortex-m0": 48,
    "cortex-m0plus": 64,
    "cortex-m3": 72,
    "cortex-m4": 168,
    "cortex-m33": 160,
    "cortex-m7": 216,
}
"""Of a typical chip: STM32F0, STM32G0, STM32F1, STM32F4, STM32U5, STM32F7."""
