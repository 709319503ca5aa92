"""What CI holds new code against: nothing grows by more than a margin, no goal is missed.

Instructions, flash, RAM and stack are those of a compiler, so figures are compared only with the
version that they were made with.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from benchmarks.cases import Case
from benchmarks.counts import Figures
from benchmarks.goals import GOALS

MARGIN: Final = 0.02
ACCEPT: Final = "if that is meant, accept the new figures with: make bench"


def find_other_compiler(new: Figures, old: Figures) -> str | None:
    """One sentence if the figures are of different compilers, flags left out."""
    found, expected = (_version(figures.compiler) for figures in (new, old))
    if found == expected:
        return None
    return (
        f"the figures in benchmarks/figures.json are for {expected} and this is {found}: "
        "install that one (Debian 12: gcc-arm-none-eabi), or measure anew with: make bench"
    )


def find_growth(new: Figures, old: Figures) -> list[str]:
    """A sentence for each quantity that grew by more than the margin."""
    pairs = {
        "instructions": (new.most, old.most),
        "bytes of flash": (new.flash, old.flash),
        "bytes of RAM": (new.ram, old.ram),
        "bytes of stack": (new.stack, old.stack),
    }
    return [
        f"{new.case.name}: {after:,} {quantity}, {after / before - 1:+.1%} on {before:,}; {ACCEPT}"
        for quantity, (after, before) in pairs.items()
        if after > before * (1 + MARGIN)
    ]


def find_missed_goals(figures: Mapping[Case, Figures]) -> list[str]:
    """A sentence for each goal that one of the figures does not meet."""
    missed = []
    for goal in GOALS:
        for model, bound in goal.must.items():
            case = goal.case(model)
            if case in figures and goal.found(figures[case]) > bound:
                value = f"{goal.found(figures[case]):,}"
                missed.append(f"{case.name}: {value} {goal.quantity}, at most {bound:,} wanted")
    return missed


def _version(compiler: str) -> str:
    """Name and version, which `measure.Measured.compiler` puts first."""
    return " ".join(compiler.split()[:2])
