"""Kills, full disks, edited checkpoints and other runs in the same folder."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cbcnn_inputs.errors import DataError, OutputError
from cbcnn_trainer import checkpoint
from cbcnn_trainer.checkpoint import COLUMNS, State
from cbcnn_trainer.outputs import Outputs
from support.commands import environment
from support.hostile import Tried
from support.kills import kill_everywhere

RUN = "0" * 64


def state(epochs: int = 2) -> State:
    rows = [dict.fromkeys(COLUMNS, 0.5) | {"epoch": float(n)} for n in range(1, epochs + 1)]
    arrays = [np.zeros((3, 4), np.float32), np.zeros(4, np.float32)]
    return State(RUN, {}, rows, arrays, arrays, arrays, 1)


def edit(path: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """Change the note in a checkpoint by hand."""
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    note = json.loads(arrays["note"].tobytes())
    text = json.dumps(change(note))
    arrays["note"] = np.frombuffer(text.encode(), np.uint8)
    np.savez(path, **arrays)


EDITS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "a list": lambda note: [note],
    "a number": lambda _: 7,
    "nothing": lambda _: {},
    "no history": lambda note: note | {"history": None},
    "a history of texts": lambda note: note | {"history": ["x"]},
    "a row without a column": lambda note: note | {"history": [{"epoch": 1.0}]},
    "a text in a row": lambda note: (
        note | {"history": [row | {"loss": "low"} for row in note["history"]]}
    ),
    "rows in another order": lambda note: note | {"history": note["history"][::-1]},
    "an epoch that is not there": lambda note: note | {"best_epoch": 9},
    "epoch 0": lambda note: note | {"best_epoch": 0},
    "half an epoch": lambda note: note | {"best_epoch": 1.5},
    "a run that is a number": lambda note: note | {"run_id": 3},
}


@pytest.mark.parametrize("what", EDITS)
def test_an_edited_note_is_named(what: str, tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.npz"
    checkpoint.save(path, state())
    edit(path, EDITS[what])
    with pytest.raises(DataError, match="not a checkpoint"):
        checkpoint.load(path, RUN, {})


def test_a_checkpoint_comes_back(tmp_path: Path) -> None:
    checkpoint.save(tmp_path / "checkpoint.npz", state())
    found = checkpoint.load(tmp_path / "checkpoint.npz", RUN, {})
    assert (found.history, found.best_epoch) == (state().history, 1)


def test_arrays_of_another_model_are_named(tmp_path: Path) -> None:
    arrays = state().weights
    checkpoint.demand_shapes(tmp_path, arrays, arrays, "weights")
    for wrong in (arrays[:1], [arrays[0], arrays[0]], [arrays[0], np.array(["x"] * 4)]):
        with pytest.raises(DataError, match="weights of this model"):
            checkpoint.demand_shapes(tmp_path, wrong, arrays, "weights")


@pytest.mark.parametrize("target", ["runs/one", "runs/model.h5"])
def test_a_second_run_in_the_same_place_is_refused(target: str, tmp_path: Path) -> None:
    outputs = Outputs.at(tmp_path / target)
    with outputs.held():
        with pytest.raises(OutputError, match=r"another run[\s\S]*process \d+"), outputs.held():
            pass
        with Outputs.at(tmp_path / "runs" / "other.h5").held():
            pass
    assert not list(tmp_path.iterdir()), "nothing was written, so nothing stays"


def test_training_asks_for_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("larq", reason="training needs the extra [train]")
    from cbcnn_trainer import epochs, settings, training
    from support.small_runs import DATASET

    monkeypatch.setattr(epochs, "run", lambda *_: pytest.fail("it trained"))
    outputs = Outputs.at(tmp_path)
    run = settings.resolve("signs", {"epochs": 1})
    for force, resume in ((False, False), (True, False), (False, True)):
        with outputs.held(), pytest.raises(OutputError, match="another run"):
            training.train(run, DATASET, outputs, force=force, resume=resume)


@pytest.mark.hostile
@pytest.mark.parametrize("target", ["out", "out/model.h5"])
def test_results_are_all_of_the_old_run_or_all_of_the_new(
    target: str, tmp_path: Path, tried: Tried
) -> None:
    root = tmp_path / "root"
    outputs = Outputs.at(root / target)
    paths = [outputs.model, outputs.metrics, outputs.log, outputs.picture("loss")]

    def results() -> set[bytes | None]:
        return {path.read_bytes() if path.exists() else None for path in paths}

    def start() -> None:
        shutil.rmtree(root, ignore_errors=True)
        outputs.replace(dict.fromkeys(paths, b"old"))
        outputs.checkpoint.write_bytes(b"state")
        (root / "out" / "mine").write_bytes(b"mine")

    def act() -> None:
        with outputs.held():
            outputs.complete()
            outputs.replace(dict.fromkeys(paths, b"new"))

    seen, kills = set(), 0
    for number in kill_everywhere(root, start, act):
        kills = number + 1
        outputs.complete()
        (whole,) = results()
        seen.add(whole)
        assert outputs.checkpoint.exists() == (whole == b"old")
        act()
        assert results() == {b"new"}
        left = {path.name for path in (root / "out").iterdir()} - {path.name for path in paths}
        assert left == {"mine"}
    assert seen == {b"old", b"new"}
    tried("kills", kills)


def test_a_full_disk_ends_training_with_one_message_and_keeps_what_was_there(
    tmp_path: Path,
) -> None:
    pytest.importorskip("larq", reason="training needs the extra [train]")
    outputs = Outputs.at(tmp_path / "out")
    outputs.replace({outputs.metrics: b"{}", outputs.model: b"old"})
    rng = np.random.default_rng(1)
    pictures = tmp_path / "pictures.npz"
    np.savez(pictures, images=rng.integers(0, 256, (60, 8, 8), np.uint8), labels=np.arange(60) % 3)
    command = [
        *(sys.executable, "-B", "-m", "cbcnn_trainer.cli", "folder", "--data", str(pictures)),
        *("--size", "8x8", "-o", str(tmp_path / "out"), "--force"),
        *("--epochs", "1", "--filters", "4", "--units", ""),
    ]
    result = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000)),
    )
    assert result.returncode == 7, result.stderr
    assert "Traceback" not in result.stderr
    assert "cannot be written" in result.stderr
    assert "File too large" in result.stderr
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"model.h5", "metrics.json"}
