"""The final round of a search: whole trainings decide between families."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("larq", reason="needs the [train] extra")
pytest.importorskip("optuna", reason="needs the [search] extra")

from cbcnn_codegen.targets import find_target
from cbcnn_inputs.errors import OutputError
from cbcnn_trainer.outputs import Outputs
from cbcnn_trainer.search import best
from cbcnn_trainer.search.best import _finish, make_best
from cbcnn_trainer.search.cost import Cost, Costs, Limits
from cbcnn_trainer.search.plan import Candidate, Job, Plan
from cbcnn_trainer.search.space import Space

ENDS = {3: 0.8, 7: 0.9, 9: 0.9}
"""Numbers of finalists, and their validation accuracy after whole trainings."""


@pytest.fixture
def plan() -> Plan:
    return Plan(
        dataset="signs",
        data=None,
        classes=4,
        shape=(16, 16),
        options={"epochs": 5},
        space=Space(side=16),
        limits=Limits(flash_bytes=60_000),
        costs=Costs(find_target("cortex-m4"), None),
        epochs=2,
    )


def test_the_winner_is_the_best_of_whole_trainings_and_of_equals_the_smallest(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: list[tuple[int, int]] = []

    def train(job: Job, report: Any) -> None:
        trained.append((job.number, job.settings.epochs))
        assert report(1, 0.1)
        assert report(job.settings.epochs, ENDS[job.number])

    finished: list[int] = []

    def finish(winner: Job, finalists: Any, *_arguments: Any, **_options: Any) -> dict[str, float]:
        finished.append(winner.number)
        assert [one.number for one in finalists] == list(ENDS)
        return {"test_accuracy": 0.85, "validation_accuracy": 0.9}

    monkeypatch.setattr(best, "train_candidate", train)
    monkeypatch.setattr(best, "_finish", finish)
    monkeypatch.setattr(best, "_generate", lambda *_arguments, **_options: {})
    options = {"filters": (8,), "kernel_size": 3, "pool_size": 2}
    sizes = dict(zip(ENDS, (10_000, 30_000, 20_000), strict=True))
    finalists = [
        Candidate(number, options, Cost(sizes[number], 1_000, 100_000, None)) for number in ENDS
    ]
    made = make_best(plan, finalists, tmp_path)
    assert trained == [(number, 5) for number in ENDS], "as the user's settings have it"
    assert finished == [made["number"]] == [9]
    assert made["finalists"] == [
        {"number": number, "validation_accuracy": accuracy} for number, accuracy in ENDS.items()
    ]


@pytest.fixture
def jobs(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Job]:
    """Two finalists with a checkpoint each; each run has the name `run of SEED`."""
    monkeypatch.setattr(best, "dataset_of", lambda _job: None)
    monkeypatch.setattr(
        "cbcnn_trainer.training.identify", lambda chosen, _dataset: f"run of {chosen.seed}"
    )
    made = []
    for number in (3, 7):
        options = {"filters": (8,), "kernel_size": 3, "pool_size": 2, "seed": number}
        job = Job.to_end(plan, Candidate(number, options, Cost(1, 1, 1, None)), tmp_path)
        job.checkpoint_folder.mkdir(parents=True)
        Outputs.at(job.checkpoint_folder).checkpoint.write_text(f"state of {number}")
        made.append(job)
    return made


@pytest.fixture
def trains(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool]]:
    """What trainings went on from, and whether they may replace what is there."""
    calls: list[tuple[str, bool]] = []

    def train(
        _chosen: Any, _dataset: Any, outputs: Outputs, *, resume: bool, force: bool
    ) -> dict[str, Any]:
        assert resume
        found = outputs.checkpoint.read_text() if outputs.checkpoint.exists() else ""
        calls.append((found, force))
        return {}

    monkeypatch.setattr("cbcnn_trainer.training.train", train)
    return calls


def finished(outputs: Outputs, run_id: str) -> None:
    outputs.model.parent.mkdir(parents=True, exist_ok=True)
    outputs.model.write_bytes(b"model")
    outputs.metrics.write_text(json.dumps({"run_id": run_id}))


def test_the_winner_goes_on_from_its_last_epoch_and_replaces_an_earlier_winner(
    jobs: list[Job], trains: list[tuple[str, bool]], tmp_path: Path
) -> None:
    outputs = Outputs.at(tmp_path / "best")
    _finish(jobs[0], jobs, outputs, force=False)
    outputs.checkpoint.unlink()
    finished(outputs, "run of 3")
    _finish(jobs[0], jobs, outputs, force=False)
    _finish(jobs[1], jobs, outputs, force=False)
    assert trains == [("state of 3", False), ("", True), ("state of 7", True)]


def test_a_model_that_is_no_finalist_s_is_not_replaced(
    jobs: list[Job], trains: list[tuple[str, bool]], tmp_path: Path
) -> None:
    outputs = Outputs.at(tmp_path / "best")
    finished(outputs, "run of somebody")
    with pytest.raises(OutputError, match="already holds outputs"):
        _finish(jobs[0], jobs, outputs, force=False)
    assert not outputs.checkpoint.exists()
    _finish(jobs[0], jobs, outputs, force=True)
    assert trains == [("state of 3", True)]
