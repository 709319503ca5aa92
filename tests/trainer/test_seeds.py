"""Several seeds in one command: a model for each, and mean and spread of their accuracy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cbcnn_inputs.errors import UsageError
from cbcnn_trainer import cli, settings
from cbcnn_trainer.outputs import Outputs
from cbcnn_trainer.seeds import SUMMARY, train_all
from cbcnn_trainer.settings import Settings

REACHED = {4: (0.9, 0.8), 5: (0.92, 0.86), 6: (0.88, 0.83)}


def chosen(seed: int = 4) -> Settings:
    return settings.resolve("signs", {"seed": seed})


def pretend(asked: Settings, outputs: Outputs) -> dict[str, Any]:
    validation, test = REACHED[asked.seed]
    outputs.model.parent.mkdir(parents=True)
    outputs.model.write_text(str(asked.seed))
    return {"validation_accuracy": validation, "test_accuracy": test, "seconds": 3}


def test_each_seed_has_a_folder_and_all_have_a_summary(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = train_all(chosen(), 3, Outputs.at(tmp_path, "keras"), pretend)
    assert [(tmp_path / f"seed-{seed}/model.keras").read_text() for seed in REACHED] == [
        *("4", "5", "6"),
    ]
    assert json.loads((tmp_path / SUMMARY).read_text()) == found
    assert found["validation_accuracy"]["mean"] == pytest.approx(0.9)
    assert found["validation_accuracy"]["spread"] == pytest.approx(0.02)
    assert found["test_accuracy"]["mean"] == pytest.approx(0.83)
    assert [run["seed"] for run in found["runs"]] == [4, 5, 6]
    told = capsys.readouterr().err
    assert "seed 5  validation 92.00%  test 86.00%" in told
    assert "test accuracy  83.00% ± 3.00 points" in told


def test_one_seed_has_no_spread(tmp_path: Path) -> None:
    found = train_all(chosen(), 1, Outputs.at(tmp_path), pretend)
    assert found["test_accuracy"] == {"mean": 0.8, "spread": None}


def test_a_worker_that_writes_nothing_has_nothing_to_tell(tmp_path: Path) -> None:
    assert train_all(chosen(), 2, Outputs.at(tmp_path), lambda *_: {}) == {}
    assert not list(tmp_path.iterdir())


def test_several_models_do_not_go_into_one_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="several seeds make several models"):
        train_all(chosen(), 2, Outputs.at(tmp_path / "model.h5"), pretend)
    assert not list(tmp_path.iterdir())


def test_a_summary_is_not_written_of_runs_that_are_missing(tmp_path: Path) -> None:
    def fail(asked: Settings, outputs: Outputs) -> dict[str, Any]:
        if asked.seed == 5:
            raise KeyboardInterrupt
        return pretend(asked, outputs)

    with pytest.raises(KeyboardInterrupt):
        train_all(chosen(), 3, Outputs.at(tmp_path), fail)
    assert (tmp_path / "seed-4/model.h5").exists()
    assert not (tmp_path / SUMMARY).exists()


def test_the_command_trains_each_seed_and_prints_the_summary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def train(asked: Settings, data: Any, outputs: Outputs, *others: Any) -> dict[str, Any]:
        return pretend(asked, outputs)

    monkeypatch.setattr(cli, "_train", train)
    with pytest.raises(SystemExit) as ended:
        cli.main(["signs", "--seed", "5", "--seeds", "2", "-o", str(tmp_path), "--json"])
    assert ended.value.code == 0
    found = json.loads(capsys.readouterr().out)
    assert [run["seed"] for run in found["runs"]] == [5, 6]
