"""The numbers to reach: for each of the two networks, a bound that must hold and one to go for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from benchmarks.cases import Case
from benchmarks.counts import Figures
from cbcnn_codegen.options import Optimize

Quantity = Literal["instructions", "flash", "ram"]

QUANTITIES: Final[Mapping[Quantity, Callable[[Figures], int]]] = {
    "instructions": lambda figures: figures.most,
    "flash": lambda figures: figures.flash,
    "ram": lambda figures: figures.ram,
}
"""Instructions of the sample image that takes most; bytes of flash; bytes of RAM without image."""


@dataclass(frozen=True)
class Goal:
    """A bound on one quantity of one target and mode.

    Attributes:
        must: model to the largest value that is accepted.
        aim: model to the value to go for; empty where there is none.
    """

    target: str
    mode: Optimize
    quantity: Quantity
    must: Mapping[str, int]
    aim: Mapping[str, int]

    def case(self, model: str) -> Case:
        """The case that it is about."""
        return Case(model, self.target, self.mode)

    def found(self, figures: Figures) -> int:
        """The value that the goal bounds."""
        return QUANTITIES[self.quantity](figures)


def _goal(
    target: str,
    mode: Optimize,
    quantity: Quantity,
    must: tuple[int, int],
    aim: tuple[int | None, int | None] = (None, None),
) -> Goal:
    """Values for GTSRB, then MNIST."""
    models = ("gtsrb", "mnist")
    wished = {model: value for model, value in zip(models, aim, strict=True) if value is not None}
    return Goal(target, mode, quantity, dict(zip(models, must, strict=True)), wished)


_M: Final = 1_000_000

GOALS: Final = (
    _goal("cortex-m4", "speed", "instructions", (5_200_000, 4_700_000), (4_500_000, 3_800_000)),
    _goal("cortex-m4", "speed", "ram", (36_000, 36_000)),
    _goal("cortex-m4", "balanced", "instructions", (6_500_000, 6_500_000)),
    _goal("cortex-m4", "ram", "ram", (6_000, 5_000), (4_500, None)),
    _goal("cortex-m4", "ram", "instructions", (20 * _M, 15 * _M)),
    _goal("cortex-m4", "size", "flash", (80_000, 66_500)),
    _goal("cortex-m4", "speed", "flash", (96_000, 80_000)),
    _goal("cortex-m55", "speed", "instructions", (4_300_000, 4_300_000), (3 * _M, 3 * _M)),
    _goal("cortex-m0plus", "speed", "instructions", (10_500_000, 8 * _M), (8 * _M, 6 * _M)),
)

HOST_RATIO: Final = 5.0
"""How many times faster than TensorFlow the C has to be on this machine, each on one core."""
