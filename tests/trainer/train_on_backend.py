"""Trainings on one backend of Keras 3, which `KERAS_BACKEND` names.

`test_backends.py` runs these on JAX in a process of its own, without TensorFlow and Larq, and
`make backends` on PyTorch.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cbcnn_inputs.errors import UsageError
from cbcnn_inputs.model_files import open_model_file
from cbcnn_trainer import checkpoint, cli, epochs, settings, training
from cbcnn_trainer.backends import open_backend
from cbcnn_trainer.checkpoint import State
from cbcnn_trainer.origins import Origins
from cbcnn_trainer.outputs import Outputs
from support.complete import COMPLETE
from support.effects import EFFECTS, OF_TRAINING
from support.small_runs import DATASET

BACKEND = os.environ["KERAS_BACKEND"]
PLAIN: dict[str, Any] = {"filters": [3], "units": [], "epochs": 1, "batch_size": 80}
FEW: dict[str, Any] = {
    **{"filters": [3], "units": [], "epochs": 2, "batch_size": 80, "loss": "cross-entropy"},
    **{"weight_average": 0.9, "noise": 0.05, "mixup": 0.4, "exposure": 0.1, "balance": 0.5},
}
MUCH: dict[str, Any] = {
    **{"filters": [3, 4], "units": [], "epochs": 2, "batch_size": 60, "loss": "cross-entropy"},
    **{"learning_rate": 0.01, "rate_change": "step", "label_smoothing": 0.1, "balance": 0.5},
    **{"weight_average": 0.9, "reestimate_norms": True, "reject": 0.05, "precision": "bfloat16"},
    **{"shift": 0.1, "rotation": 10.0, "zoom": 0.1, "noise": 0.05, "blur": 0.5, "cutout": 0.3},
    **{"brightness": 0.2, "contrast": 0.2, "exposure": 0.1, "mixup": 0.4, "cutmix": 1.0},
    **{"distillation": 0.3, "temperature": 2.0, "selection": "last"},
}


def test_nothing_but_keras_and_its_backend_is_there() -> None:
    open_backend(BACKEND)
    loaded = set(sys.modules) & {"tensorflow", "larq", "tf_keras"}
    assert {name for name in loaded if sys.modules[name] is not None} == set()


def test_a_run_that_is_interrupted_and_resumed_ends_in_the_same_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = open_backend(BACKEND)
    chosen, origins = settings.resolve("signs", FEW), Origins()
    if COMPLETE:
        taught = settings.resolve("signs", {**PLAIN, "binary": False})
        teacher = Outputs.at(tmp_path / "teacher")
        training.train(taught, DATASET, teacher, backend=backend)
        chosen, origins = settings.resolve("signs", MUCH), Origins(teachers=(teacher.model,))

    def go(name: str, **options: Any) -> dict[str, Any]:
        place = Outputs.at(tmp_path / name)
        return training.train(chosen, DATASET, place, backend=backend, origins=origins, **options)

    whole = go("whole")
    save = checkpoint.save

    def save_once(path: Path, state: State) -> None:
        save(path, state)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "save", save_once)
        with pytest.raises(KeyboardInterrupt):
            go("parts")
    parts = go("parts", resume=True)
    left_out = ("seconds", "model_sha256")
    assert {key: whole[key] for key in whole if key not in left_out} == {
        key: parts[key] for key in parts if key not in left_out
    }
    assert whole["backend"] == BACKEND
    assert {"keras", BACKEND} <= whole["versions"].keys()
    files = [open_model_file(tmp_path / name / "model.h5") for name in ("whole", "parts")]
    arrays = [backend.kit.framework.load(file).get_weights() for file in files]
    for one, other in zip(*arrays, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_command_trains_and_evaluates(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The model stays where the parent process compares it with its C."""
    folder = Path(os.environ.get("CBCNN_TRAINED", tmp_path))

    def command(*arguments: str | Path) -> int:
        with pytest.raises(SystemExit) as caught:
            cli.main([*map(str, arguments), "--backend", BACKEND])
        return int(caught.value.code or 0)

    options = ("--filters", "4,4", "--units", "", "--epochs", "1", "--train-images", "300")
    assert command("signs", "-o", folder, "--format", "keras", "--seeds", "1", *options) == 0
    made = folder / "seed-0"
    assert {path.name for path in made.iterdir()} >= {"model.keras", "metrics.json", "log.csv"}
    assert {"loss.png", "confusion.png"} <= {path.name for path in made.iterdir()}
    test = DATASET.test
    np.savez(made / "data.npz", images=test.images, labels=test.labels)
    assert command("evaluate", made / "model.keras", "--data", made / "data.npz") == 0
    assert "all" in capsys.readouterr().out


def test_a_strategy_that_the_backend_lacks_is_refused() -> None:
    with pytest.raises(UsageError, match="does not train with --strategy multi-worker"):
        open_backend(BACKEND, "multi-worker")


@cache
def trained(**changes: Any) -> list[Any]:
    """The weights after the last epoch."""
    chosen = settings.resolve("signs", {**PLAIN, **changes})
    state = State("run")

    backend = open_backend(BACKEND)
    epochs.run(chosen, DATASET, Outputs.at(Path(os.environ["CBCNN_TRAINED"])), state, backend)
    return state.weights


@pytest.mark.skipif(not COMPLETE, reason="two trainings each; CBCNN_COMPLETE=1 asks for them")
@pytest.mark.parametrize("name", OF_TRAINING)
def test_an_option_changes_what_is_trained(name: str) -> None:
    value, others = EFFECTS[name]
    one, other = trained(**others), trained(**{**others, name: value})
    assert any((a != b).any() for a, b in zip(one, other, strict=True))
