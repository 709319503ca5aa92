"""The tables of `results.md`, as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from benchmarks.cases import MODELS, SPREAD, Case
from benchmarks.counts import Figures
from benchmarks.goals import GOALS, Goal
from benchmarks.peers import PEERS
from benchmarks.scaling import SERIES, Point, exponent, line

OURS: Final = Case("gtsrb", "cortex-m4", "speed")
_NONE: Final = "-"

Found = Mapping[Case, Figures]


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], text_columns: int = 1) -> str:
    """A table whose first columns are text and all others numbers."""
    marks = ["---"] * text_columns + ["---:"] * (len(heads) - text_columns)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (heads, marks, *rows))


def goals(found: Found) -> str:
    """Every goal beside what was measured."""
    heads = ["target, mode", "quantity"]
    for model in MODELS:
        heads += [model, "at most", "go for", "met"]
    return table(heads, (_goal_row(goal, found) for goal in GOALS), text_columns=2)


def _goal_row(goal: Goal, found: Found) -> list[str]:
    cells = [f"{goal.target}, {goal.mode}", goal.quantity.replace("ram", "RAM")]
    for model in MODELS:
        value, must, aim = (
            goal.found(found[goal.case(model)]),
            goal.must[model],
            goal.aim.get(model),
        )
        met = "yes" if value <= must else "**no**"
        if aim is not None and value <= aim:
            met = "yes, both"
        cells += [f"{value:,}", f"{must:,}", f"{aim:,}" if aim else _NONE, met]
    return cells


def costs(cases: Iterable[Case], found: Found) -> str:
    """Instructions and cycles of the first sample, flash and RAM."""
    heads = [
        *("model", "target", "mode", "instructions", "cycles", "flash", "code", "weights"),
        *("constants", "RAM", "arena", "stack"),
    ]
    return table(heads, (_cost_row(case, found[case]) for case in cases), text_columns=3)


def _cost_row(case: Case, entry: Figures) -> list[str]:
    numbers = (
        *(entry.instructions[0], None if entry.cycles is None else entry.cycles[0]),
        *(entry.flash, entry.code, entry.weights, entry.constants),
        *(entry.ram, entry.arena, entry.stack),
    )
    return [case.model, case.target, case.mode, *(_number(number) for number in numbers)]


def spread(found: Found) -> str:
    """How much the image matters."""
    heads = ["model", "target", "mode", "images", "fewest", "median", "most", "most / fewest"]
    rows = []
    for case in SPREAD:
        entry = found[case]
        numbers = (len(entry.images), entry.least, entry.middle, entry.most)
        percent = f"+{entry.most / entry.least - 1:.2%}"
        rows.append(
            [case.model, case.target, case.mode, *(_number(number) for number in numbers), percent]
        )
    return table(heads, rows, text_columns=3)


def peers(found: Found) -> str:
    """Other engines, and this one in `speed` and `ram`."""
    heads = ["engine", "GTSRB instructions", "cycles", "MNIST instructions", "flash", "RAM"]
    rows = [
        [
            peer.name,
            f"{peer.instructions['gtsrb']:.1f} M",
            f"{peer.cycles:.1f} M",
            f"{peer.instructions['mnist']:.1f} M",
            _number(peer.flash),
            _number(peer.ram),
        ]
        for peer in PEERS
    ]
    for mode in ("speed", "ram"):
        gtsrb, mnist = (found[Case(model, "cortex-m4", mode)] for model in MODELS)
        cycles = gtsrb.cycles[gtsrb.worst] if gtsrb.cycles else None
        rows.append(
            [
                f"**cbcnn, `{mode}`**",
                f"**{_millions(gtsrb.most)}**",
                f"**{_millions(cycles)}**",
                f"**{_millions(mnist.most)}**",
                f"**{gtsrb.flash:,}**",
                f"**{gtsrb.ram:,}**",
            ]
        )
    return table(heads, rows)


def scaling(points: Sequence[Point]) -> str:
    """Every point of every series."""
    heads = ["series", "size", "products", "instructions", "products per instruction"]
    rows = [
        [
            point.series,
            str(point.size),
            f"{point.products:,}",
            f"{point.instructions:,}",
            f"{point.products / point.instructions:.2f}",
        ]
        for point in points
    ]
    return table(heads, rows)


def fits(points: Sequence[Point]) -> str:
    """What fits each series by least squares."""
    rows = []
    for series, meaning in SERIES.items():
        own = [point for point in points if point.series == series]
        sizes = [point.size for point in own]
        kinds = ([point.products for point in own], [point.instructions for point in own])
        rows.append([series, meaning, *(_fit(series, sizes, values) for values in kinds)])
    return table(["series", "networks", "products", "instructions"], rows, text_columns=2)


def _fit(series: str, sizes: Sequence[int], values: Sequence[int]) -> str:
    if series == "depth":
        constant, slope = line(sizes, values)
        return f"{constant / 1e6:.2f} M + {slope / 1e6:.2f} M n"
    return f"n^{exponent(sizes, values):.2f}"


def compilers(figures: Sequence[Figures]) -> str:
    """Which compiler and flags each target and mode has; modes with the same flags share a row."""
    modes: dict[tuple[str, str, str], list[str]] = {}
    for entry in figures:
        if entry.case.model == OURS.model:
            key = (entry.case.target, entry.compiler, entry.counter)
            modes.setdefault(key, []).append(entry.case.mode)
    rows = [
        [target, ", ".join(names), f"`{compiler}`", counter]
        for (target, compiler, counter), names in modes.items()
    ]
    return table(["target", "modes", "compiler and flags", "counter"], rows, text_columns=4)


def _number(value: int | None) -> str:
    return _NONE if value is None else f"{value:,}"


def _millions(value: int | None) -> str:
    return _NONE if value is None else f"{value / 1e6:.1f} M"
