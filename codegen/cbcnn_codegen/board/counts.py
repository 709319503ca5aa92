"""Units of a board's counter: cycles of a real board, or what its emulator counts.

simavr counts cycles, as a real board does; rp2040js, too, but its flash never waits, so that they
tell of no time. A tick of the counter in Unicorn is an instruction.

QEMU lets one nanosecond of emulated time pass per instruction, and its timers keep to that time. So
a timer that ticks f times a second ticks f times per 10^9 instructions. The machine decides what f
is, not the firmware, which finds no PLL and believes in the clock of a reset:
SysTick runs at the chip's full clock, and the timers of QEMU's STM32 tick every nanosecond.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any

from cbcnn_codegen.board.emulators import emulator_of
from cbcnn_codegen.board.info import Info
from cbcnn_codegen.boards import Board


@dataclass(frozen=True)
class Unit:
    """Worth of one tick.

    Attributes:
        name: "cycles" or "instructions".
        factor: of them per tick.
        hz: of them per second; 0 if unknown, or if a second means nothing.
    """

    name: str
    factor: float
    hz: int

    def summary(self, ticks: Iterable[int]) -> dict[str, int]:
        """Smallest, middle and largest."""
        values = sorted(ticks)
        if not values:
            return {}
        picked = {"min": values[0], "median": median(values), "max": values[-1]}
        return {name: round(value * self.factor) for name, value in picked.items()}

    def milliseconds(self, amount: float) -> float | None:
        """Time that `amount` of them take; None on an emulated board."""
        return amount / self.hz * 1000 if self.hz else None


def unit_of(info: Info, board: Board, *, emulated: bool) -> Unit | None:
    """The unit of a board's ticks; None if it has no counter."""
    if info.counter == "none" or not info.ticks_hz:
        return None
    emulator = emulator_of(board) if emulated else None
    if emulator is not None and emulator.counts == "instructions":
        per_second = emulator.instructions_per_second
        factor = 1.0 if per_second is None else per_second / _emulated_hz(info, board, per_second)
        return Unit("instructions", factor, 0)
    factor = info.clock_hz / info.ticks_hz if info.clock_hz else 1.0
    has_time = emulator is None or emulator.keeps_time
    return Unit("cycles", factor, info.clock_hz if has_time else 0)


def _emulated_hz(info: Info, board: Board, per_second: int) -> int:
    """Ticks per second of an emulated board's counter, of a machine with so many instructions."""
    if info.counter == "SysTick":
        return board.clock.hz
    is_stm32 = board.timer is not None and board.timer.driver == "stm32"
    return per_second if is_stm32 else info.ticks_hz


def counts_to_json(unit: Unit | None, ticks: Iterable[int]) -> dict[str, Any]:
    """The keys of a result that tell what an inference costs."""
    if unit is None:
        return {"cycles": None}
    summary = unit.summary(ticks)
    return {unit.name: summary.get("median"), f"{unit.name}_range": summary}
