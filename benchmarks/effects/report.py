"""docs/effects.md, made of the stored outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from pathlib import Path
from typing import Final

from benchmarks.effects.store import Effect
from benchmarks.effects.trials import BASE, TRIALS, Trial, to_arguments
from benchmarks.files import fill_template
from benchmarks.tables import table

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "effects.md"
_TEMPLATE: Final = Path(__file__).parent / "effects.md.jinja"
_SAME: Final = ("base", "seed-1")
"""Trials that differ by nothing but chance."""


def write_page(outcomes: Mapping[str, Effect]) -> None:
    """Write the page."""
    PAGE.write_bytes(render(outcomes).encode())


def render(outcomes: Mapping[str, Effect]) -> str:
    """The text of the page; equal outcomes give equal text."""
    same = [outcomes[name].validation_accuracy for name in _SAME]
    base = outcomes["base"]
    share = base.validation_accuracy
    return fill_template(
        _TEMPLATE,
        command=" \\\n        ".join(_lines(to_arguments(BASE))),
        images=f"{base.validation_images:,}",
        error=f"{100 * sqrt(share * (1 - share) / base.validation_images):.2f}",
        low=f"{min(same):.2%}",
        high=f"{max(same):.2%}",
        trials=_trials(outcomes),
    )


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


def _trials(outcomes: Mapping[str, Effect]) -> str:
    """All trials in the order of the catalogue, and how far each is from the base."""
    base = outcomes["base"].validation_accuracy
    heads = ["changed", "training", "validation", "points beside the base", "seconds"]
    rows = []
    for trial in TRIALS:
        if trial.name in outcomes:
            found = outcomes[trial.name]
            beside = 100 * (found.validation_accuracy - base)
            rows.append(
                [
                    _title(trial),
                    f"{found.train_accuracy:.2%}",
                    f"{found.validation_accuracy:.2%}",
                    "-" if trial.name == "base" else f"{beside:+.2f}",
                    f"{found.seconds:.0f}",
                ]
            )
    return table(heads, rows)


def _title(trial: Trial) -> str:
    words = [f"{trial.name}:"]
    if trial.changes:
        words.append(f"`{' '.join(to_arguments(trial.changes))}`")
    for option, name in (("--start-from", trial.start_from), ("--teacher", trial.teacher)):
        if name is not None:
            words.append(f"`{option}` {name}")
    return " ".join(words) if len(words) > 1 else trial.name
