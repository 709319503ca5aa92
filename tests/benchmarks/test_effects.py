"""docs/effects.md says what the trials noted, and the trials are runs that can be repeated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from benchmarks.effects import store
from benchmarks.effects.report import PAGE, render
from benchmarks.effects.trials import BASE, DATASET, TRIALS, Trial
from cbcnn_trainer import settings


def test_the_page_is_made_of_the_stored_outcomes() -> None:
    assert PAGE.read_bytes() == render(store.read()).encode()


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.name)
def test_every_trial_is_stored_with_the_command_that_repeats_it(trial: Trial) -> None:
    assert store.read()[trial.name].command == trial.arguments


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.name)
def test_every_trial_can_be_run_and_changes_what_it_says(trial: Trial) -> None:
    base, changed = (
        settings.resolve(
            DATASET, {name.replace("-", "_"): value for name, value in options.items()}
        )
        for options in (BASE, {**BASE, **trial.changes})
    )
    assert (changed != base) == bool(trial.changes)
    assert (changed.distillation > 0) == (trial.teacher is not None)


def resolve(options: Mapping[str, Any]) -> settings.Settings:
    """The settings of options that are named as on the command line."""
    return settings.resolve(DATASET, {key.replace("-", "_"): options[key] for key in options})


def test_what_a_trial_builds_on_comes_before_it() -> None:
    names = [trial.name for trial in TRIALS]
    assert len(set(names)) == len(names)
    for index, trial in enumerate(TRIALS):
        assert {trial.start_from, trial.teacher} - {None} <= set(names[:index])
