"""`--ray`: a Ray of this machine with two workers, one of which is killed on the way."""

from __future__ import annotations

import os
import socket
import time
from importlib.util import find_spec
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

pytest.importorskip("optuna", reason="needs the [search] extra")

from cbcnn_codegen.targets import find_target
from cbcnn_inputs.errors import DataError, OutputError
from cbcnn_trainer.search import cluster
from cbcnn_trainer.search.cluster import Cluster, ClusterError, search_on_ray, train_on_ray
from cbcnn_trainer.search.cost import Cost, Costs, Limits, Network
from cbcnn_trainer.search.here import search_here
from cbcnn_trainer.search.plan import Job, Plan
from cbcnn_trainer.search.ray_process import Answer, Beat, Order, train_part
from cbcnn_trainer.search.space import Space
from cbcnn_trainer.search.study import Study
from support import pretended_training
from support.commands import ROOT

needs_ray = pytest.mark.skipif(find_spec("ray") is None, reason="needs the [search-ray] extra")

EPOCHS = 9
TRIALS = 4


class Planned(Costs):
    """Costs that compile nothing."""

    def measure(self, network: Network) -> Cost:
        return self.estimate(network)


def plan() -> Plan:
    return Plan(
        dataset="signs",
        data=None,
        classes=4,
        shape=(16, 16),
        options={"batch_size": 8, "epochs": 4},
        space=Space(side=16),
        limits=Limits(flash_bytes=60_000),
        costs=Planned(find_target("cortex-m4"), None),
        epochs=EPOCHS,
    )


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checkpoint folders stay, so that a test can look into them."""
    monkeypatch.setattr("cbcnn_inputs.claims.remove_tree", lambda _folder: None)


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers of this machine, which find the module that pretends to train."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "tests"))


@needs_ray
@pytest.mark.usefixtures("kept", "workers")
def test_a_killed_worker_loses_nothing(tmp_path: Path) -> None:
    study = Study(plan(), tmp_path)
    search_on_ray(
        study, tmp_path, TRIALS, None, "local", train=pretended_training.train_and_kill_once
    )
    counts = study.counts()
    assert (counts["begun"], counts["failed"]) == (TRIALS, 0)
    assert counts["complete"] + counts["dropped"] == TRIALS
    killed, struck = (tmp_path / "killed").read_text().split()
    logs = [log.read_text().split() for log in tmp_path.rglob(pretended_training.EPOCHS)]
    assert len(logs) == TRIALS
    for words in logs:
        assert words[::2] == [str(epoch) for epoch in range(1, len(words) // 2 + 1)]
    workers = Path(struck, pretended_training.EPOCHS).read_text().split()[1::2]
    assert workers[1] == killed
    assert len(workers) > 2
    assert killed not in workers[2:], "it went on in another process"
    assert study.front()


@needs_ray
@pytest.mark.complete
@pytest.mark.usefixtures("workers")
def test_a_network_whose_workers_die_again_and_again_is_given_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = Study(plan(), tmp_path)
    search_on_ray(study, tmp_path, 2, None, "local", train=pretended_training.kill_always)
    counts = study.counts()
    assert (counts["begun"], counts["failed"]) == (2, 1)
    assert "network 1" in capsys.readouterr().err


@pytest.mark.usefixtures("kept")
def test_a_cluster_that_goes_away_is_one_clear_error_and_the_search_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "serve", answer_once_and_end)
    study = Study(plan(), tmp_path)
    with pytest.raises(ClusterError) as error:
        search_on_ray(study, tmp_path, TRIALS, None, "auto", train=pretended_training.train)
    assert "went away" in str(error.value)
    assert "--resume" in str(error.value)
    before = study.counts()
    assert before["begun"] > before["complete"] + before["dropped"]

    monkeypatch.setattr("cbcnn_trainer.search.here.train_candidate", pretended_training.train)
    again = Study(plan(), tmp_path)
    assert again.reached(0)[0] == 1
    search_here(again, tmp_path, TRIALS, None)
    counts = again.counts()
    assert counts["begun"] == TRIALS == counts["complete"] + counts["dropped"]


def test_finalists_train_on_the_cluster_to_their_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "serve", answer_all)
    study = Study(plan(), tmp_path)
    candidates = [study.propose() for _ in range(3)]
    jobs = [Job.to_end(plan(), one, tmp_path) for one in candidates if one is not None]
    reached = train_on_ray(jobs, tmp_path, "auto", train=pretended_training.train)
    assert reached == pytest.approx({0: 0.5, 1: 0.51, 2: 0.52})
    for job in jobs:
        log = (job.checkpoint_folder / pretended_training.EPOCHS).read_text()
        assert log.count("\n") == job.settings.epochs == 4


def answer_all(_address: str, _log: Path, pipe: Connection) -> None:
    """Takes the place of `serve`: does all of the work itself."""
    pipe.send(Beat(2))
    while pipe.poll(60):
        try:
            order: Order = pipe.recv()
        except EOFError:
            return
        pipe.send(Answer(order.job.number, train_part(order)))


def answer_once_and_end(_address: str, _log: Path, pipe: Connection) -> None:
    """Takes the place of `serve`: ends as Ray ends a process whose cluster is gone."""
    pipe.send(Beat(2))
    order: Order = pipe.recv()
    pipe.send(Answer(order.job.number, train_part(order)))
    pipe.poll(60)
    os._exit(1)


def test_data_that_a_worker_cannot_read_end_the_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "serve", answer_once_and_end)
    study = Study(plan(), tmp_path)
    with pytest.raises(DataError, match="no data for network 0"):
        search_on_ray(study, tmp_path, 1, None, "auto", train=pretended_training.find_no_data)
    assert Study(plan(), tmp_path).has_waiting


def test_a_cluster_that_does_not_answer_is_one_clear_error(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(ClusterError) as refused, Cluster(address, tmp_path / "ray.log"):
        pass
    assert "does not answer" in str(refused.value)
    assert address in str(refused.value)


def test_a_cluster_that_says_nothing_is_not_waited_for_without_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_SILENCE_SECONDS", 1.0)
    monkeypatch.setattr(cluster, "_GOODBYE_SECONDS", 0.1)
    monkeypatch.setattr(cluster, "serve", say_nothing)
    with pytest.raises(ClusterError, match="went away"), Cluster("auto", tmp_path / "ray.log"):
        pass


def say_nothing(_address: str, _log: Path, _pipe: Connection) -> None:
    time.sleep(600)


def test_a_worker_that_does_not_see_the_folder_says_so(tmp_path: Path) -> None:
    study = Study(plan(), tmp_path)
    candidate = study.propose()
    assert candidate is not None
    job = Job.of(plan(), candidate, tmp_path / "elsewhere")
    told = train_part(Order(pretended_training.train, job, EPOCHS))
    assert isinstance(told, OutputError)
    assert "all machines see" in str(told)
