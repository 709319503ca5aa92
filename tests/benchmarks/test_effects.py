"""docs/effects.md says what the runs noted, and they can be repeated."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from benchmarks.effects import __main__ as command
from benchmarks.effects import store
from benchmarks.effects.report import PAGE, render
from benchmarks.effects.trials import BASE_NETWORK, LONG, LONG_EPOCHS, RUNS, SHORT_BASE, Run
from benchmarks.networks import store as networks
from benchmarks.networks.catalogue import NETWORKS
from cbcnn_trainer import settings
from cbcnn_trainer.settings import Settings

BASE = next(network for network in NETWORKS if network.name == BASE_NETWORK)


def test_the_page_is_made_of_the_stored_outcomes() -> None:
    assert PAGE.read_bytes() == render(store.read(), networks.read()).encode()


def test_every_outcome_is_stored_with_the_command_that_repeats_it() -> None:
    runs = {run.name: run for run in RUNS}
    for name, outcome in store.read().items():
        assert outcome.command == runs[name].arguments
        assert outcome.epochs == resolve(runs[name]).epochs


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_every_trial_can_be_run_and_changes_what_it_says(run: Run) -> None:
    chosen = resolve(run)
    recipe = settings.read_toml(BASE.recipe_file) if run.long else as_options(SHORT_BASE)
    assert (chosen != settings.resolve(run.dataset, recipe)) == bool(run.trial.changes or run.seed)
    assert (chosen.distillation > 0) == (run.trial.teacher is not None)
    assert chosen.seed == run.seed


def test_long_trials_have_all_epochs_of_a_network_that_ships() -> None:
    assert resolve(Run(LONG[0], 0, long=True)).epochs == LONG_EPOCHS
    assert BASE.shipped


def test_what_a_trial_builds_on_comes_before_it_or_is_a_network() -> None:
    names = [run.name for run in RUNS]
    assert len(set(names)) == len(names)
    known = {network.name for network in NETWORKS}
    for index, run in enumerate(RUNS):
        first = {run.trial.start_from, run.trial.teacher} - {None}
        assert first <= set(names[:index]) | (known if run.long else set())


def test_a_row_is_compared_with_the_base_of_its_own_seeds() -> None:
    """Another seed of the base is another accuracy, and other held-out images."""
    base = networks.read()
    seed_1 = base[f"{BASE_NETWORK}-seed-1"].validation_accuracy
    assert seed_1 is not None
    trial = next(run for run in RUNS if run.long and run.seed == 1)
    outcome = store.Effect(trial.name, trial.arguments, 40, seed_1 + 0.01, 3990, 1.0)
    others = {name: found for name, found in store.read().items() if name.startswith("short")}
    assert f"| 1 | {seed_1 + 0.01:.2%} | +1.00 |" in render({**others, trial.name: outcome}, base)


def test_rows_that_did_not_run_are_left_out() -> None:
    others = {name: found for name, found in store.read().items() if name.startswith("short")}
    page = render(others, networks.read())
    assert not any(f"| {trial.name}:" in page for trial in LONG)


def test_collecting_takes_complete_runs_alone(tmp_path: Path) -> None:
    complete, begun = (run for run in RUNS if run.trial.name == "mixup" and run.seed < 2)
    for run in (complete, begun):
        (tmp_path / run.name).mkdir()
    facts = {"validation_accuracy": 0.5, "images": {"validation": 7}, "seconds": 1.0}
    noted = {**facts, "settings": {"epochs": 40}}
    (tmp_path / complete.name / "metrics.json").write_text(json.dumps(noted), encoding="utf-8")
    found = {effect.name: effect for effect in store.collect(tmp_path)}
    assert found[complete.name].validation_accuracy == 0.5
    assert begun.name not in found
    assert found.keys() >= store.read().keys()


def test_the_help_of_train_names_every_run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["effects", "train", "--help"])
    with pytest.raises(SystemExit) as end:
        command.main()
    assert end.value.code == 0
    told = capsys.readouterr().out.split()
    assert {run.name for run in RUNS} <= set(told)


def as_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options that are named as on the command line, as a recipe names them."""
    return {name.replace("-", "_"): value for name, value in options.items()}


def resolve(run: Run) -> Settings:
    """The settings of a run, from its base and its changes."""
    base = settings.read_toml(BASE.recipe_file) if run.long else as_options(SHORT_BASE)
    return settings.resolve(
        run.dataset, {**base, **as_options(run.trial.changes), "seed": run.seed}
    )
