"""docs/effects.md, made of the stored outcomes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import sqrt
from pathlib import Path
from statistics import mean, stdev
from typing import Final

from benchmarks.effects.store import Effect
from benchmarks.effects.trials import (
    BASE_NETWORK,
    LONG,
    LONG_RECIPE,
    SHORT,
    SHORT_BASE,
    Run,
    Trial,
    to_arguments,
)
from benchmarks.files import fill_template
from benchmarks.networks.selection import Results
from benchmarks.networks.spread import mean_and_spread, repeats
from benchmarks.tables import table

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "effects.md"
_TEMPLATE: Final = Path(__file__).parent / "effects.md.jinja"
_SHORT_BASE: Final = SHORT[0]

Outcomes = Mapping[str, Effect]
BySeed = Mapping[int, float]
"""Validation accuracy of each seed."""


def write_page(outcomes: Outcomes, networks: Results) -> None:
    """Write the page."""
    PAGE.write_bytes(render(outcomes, networks).encode())


def render(outcomes: Outcomes, networks: Results) -> str:
    """The text of the page; equal outcomes give equal text."""
    base = {
        run.seed: run.validation_accuracy
        for run in repeats(networks, BASE_NETWORK)
        if run.validation_accuracy is not None
    }
    short = _by_seed(_SHORT_BASE, outcomes, long=False)
    images = outcomes[_SHORT_BASE.name].validation_images
    return fill_template(
        _TEMPLATE,
        recipe=LONG_RECIPE,
        base=mean_and_spread(list(base.values())),
        base_seeds=str(len(base)),
        one=f"{100 * stdev(base.values()) * sqrt(2):.1f}",
        long=_long(base, outcomes),
        command=" \\\n        ".join(_lines(to_arguments(SHORT_BASE))),
        images=f"{images:,}",
        error=f"{100 * sqrt(short[0] * (1 - short[0]) / images):.2f}",
        low=f"{min(short.values()):.2%}",
        high=f"{max(short.values()):.2%}",
        short=_table(SHORT, short, outcomes, long=False),
    )


def _long(base: BySeed, outcomes: Outcomes) -> str:
    """The base's row, then those of the trials that ran."""
    seeds = ", ".join(map(str, base))
    first = ["the recipe as it is", seeds, mean_and_spread(list(base.values())), "-"]
    return table(_HEADS, [first, *_rows(LONG, base, outcomes, long=True)], text_columns=2)


_HEADS: Final = ("changed", "seeds", "validation accuracy", "points beside the base")


def _table(trials: tuple[Trial, ...], base: BySeed, outcomes: Outcomes, *, long: bool) -> str:
    return table(_HEADS, _rows(trials, base, outcomes, long=long), text_columns=2)


def _rows(
    trials: tuple[Trial, ...], base: BySeed, outcomes: Outcomes, *, long: bool
) -> Iterator[list[str]]:
    """A row for each trial of which a run is stored, with the seeds that ran."""
    for trial in trials:
        found = _by_seed(trial, outcomes, long=long)
        if found:
            values = list(found.values())
            both = [found[seed] - base[seed] for seed in found if seed in base]
            beside = f"{100 * mean(both):+.2f}" if both and trial is not _SHORT_BASE else "-"
            yield [
                _title(trial),
                ", ".join(map(str, found)),
                mean_and_spread(values) if len(values) > 1 else f"{values[0]:.2%}",
                beside,
            ]


def _by_seed(trial: Trial, outcomes: Outcomes, *, long: bool) -> dict[int, float]:
    runs = (Run(trial, seed, long) for seed in trial.seeds)
    return {
        run.seed: outcomes[run.name].validation_accuracy for run in runs if run.name in outcomes
    }


def _lines(words: list[str], width: int = 84) -> list[str]:
    """The words of a command in lines of at most `width` characters, options with their values."""
    options: list[str] = []
    for word in words:
        if word.startswith("--"):
            options.append(word)
        else:
            options[-1] += f" {word}"
    lines = [options[0]]
    for option in options[1:]:
        if len(lines[-1]) + 1 + len(option) <= width:
            lines[-1] += f" {option}"
        else:
            lines.append(option)
    return lines


def _title(trial: Trial) -> str:
    words = [f"{trial.name}:"]
    if trial.changes:
        words.append(f"`{' '.join(to_arguments(trial.changes))}`")
    for option, name in (("--start-from", trial.start_from), ("--teacher", trial.teacher)):
        if name is not None:
            words.append(f"`{option}` {name}")
    return " ".join(words) if len(words) > 1 else trial.name
