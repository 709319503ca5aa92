"""What a board's counter counts: cycles of a real one, instructions of an emulated one.

QEMU is told to let one nanosecond of emulated time pass per instruction, and its timers keep to
that time. So a timer that ticks f times a second ticks f times per 10^9 instructions. The timers of
QEMU's STM32 tick every nanosecond, whatever clock the firmware believes in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from cbcnn_codegen.board.info import Info
from cbcnn_codegen.boards import Board

INSTRUCTIONS_PER_SECOND: Final = 1_000_000_000


@dataclass(frozen=True)
class Unit:
    """What one tick is worth.

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
        """Time of so many; None on an emulated board."""
        return amount / self.hz * 1000 if self.hz else None


def unit_of(info: Info, board: Board, *, emulated: bool) -> Unit | None:
    """The unit of a board's ticks; None if it has no counter."""
    if info.counter == "none" or not info.ticks_hz:
        return None
    if emulated:
        timer = board.timer.driver if board.timer else None
        exact = info.counter == "timer" and timer == "stm32"
        return Unit("instructions", 1.0 if exact else INSTRUCTIONS_PER_SECOND / info.ticks_hz, 0)
    return Unit("cycles", info.clock_hz / info.ticks_hz if info.clock_hz else 1.0, info.clock_hz)


def counts_to_json(unit: Unit | None, ticks: Iterable[int]) -> dict[str, Any]:
    """The keys of a result that tell what an inference costs."""
    if unit is None:
        return {"cycles": None}
    summary = unit.summary(ticks)
    return {unit.name: summary.get("median"), f"{unit.name}_range": summary}
