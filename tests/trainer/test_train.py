"""Training runs of a second: their outputs, and that interrupting them changes nothing."""

from __future__ import annotations

import csv
import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("larq", reason="needs the [train] extra")

from cbcnn_inputs import preprocessing
from cbcnn_inputs.datasets import Split, signs
from cbcnn_inputs.errors import DataError, OutputError
from cbcnn_inputs.model_files import open_model_file
from cbcnn_trainer import checkpoint, epochs, evaluation, settings, training
from cbcnn_trainer.backends import open_backend
from cbcnn_trainer.keras2 import framework, model_file
from cbcnn_trainer.origins import Origins
from cbcnn_trainer.outputs import PICTURES, Outputs
from support.small_runs import DATASET, OPTIONS


def weights_of(outputs: Outputs) -> list[NDArray[Any]]:
    found: list[NDArray[Any]] = model_file.load(outputs.model).get_weights()
    return found


def assert_same_weights(first: Outputs, second: Outputs) -> None:
    for one, other in zip(weights_of(first), weights_of(second), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Outputs:
    outputs = Outputs.at(tmp_path_factory.mktemp("finished"))
    training.train(settings.resolve("signs", OPTIONS), DATASET, outputs)
    return outputs


def test_every_output_is_written(finished: Outputs) -> None:
    metrics = json.loads(finished.metrics.read_text())
    assert metrics["test_images"] == 32
    assert 0 <= metrics["test_accuracy"] <= 1
    assert np.array(metrics["confusion"]).sum() == 32
    with finished.log.open() as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    for name in PICTURES:
        image = cv2.imread(str(finished.picture(name)))
        assert image is not None
        assert image.std() > 1
    assert not finished.checkpoint.exists()
    assert not list(finished.model.parent.glob(".*"))


def test_the_model_carries_its_metadata(finished: Outputs) -> None:
    facts = open_model_file(finished.model).metadata
    assert facts is not None
    assert facts.input_type == "int8"
    assert facts.preprocessing == DATASET.default_block
    assert facts.class_names == signs.CLASS_NAMES
    assert facts.preset == "cbcnn-signs"
    assert "tensorflow" in facts.versions


def test_the_same_run_gives_the_same_weights(finished: Outputs, tmp_path: Path) -> None:
    outputs = Outputs.at(tmp_path / "again.h5")
    training.train(settings.resolve("signs", OPTIONS), DATASET, outputs)
    assert outputs.beside("metrics.json").name == "again.metrics.json"
    assert_same_weights(finished, outputs)


def test_a_run_resumed_after_each_epoch_gives_the_same_weights(
    finished: Outputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outputs = Outputs.at(tmp_path)
    save = checkpoint.save

    def save_and_stop(path: Path, state: Any) -> None:
        save(path, state)
        raise KeyboardInterrupt

    monkeypatch.setattr(checkpoint, "save", save_and_stop)
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            training.train(settings.resolve("signs", OPTIONS), DATASET, outputs, resume=True)
    assert not outputs.model.exists()
    training.train(settings.resolve("signs", OPTIONS), DATASET, outputs, resume=True)
    assert_same_weights(finished, outputs)
    history = [path.read_text().splitlines() for path in (finished.log, outputs.log)]
    without_seconds = [[line.rsplit(",", 1)[0] for line in lines] for lines in history]
    assert without_seconds[0] == without_seconds[1]


RECIPE: dict[str, Any] = {
    **OPTIONS,
    "epochs": 2,
    "loss": "cross-entropy",
    "label_smoothing": 0.1,
    "schedule": "cosine",
    "warmup_epochs": 1,
    "precision": "bfloat16",
    "norm_momentum": 0.98,
    "activation_gradient": "approx-sign",
    "contrast": 0.2,
    "noise": 0.02,
    "blur": 0.5,
    "weight_average": 0.5,
    "rate_change": "step",
    "beta_2": 0.99,
    "balance": 0.5,
    "exposure": 0.2,
    "mixup": 0.2,
    "cutmix": 1.0,
    "real_optimizer": "sgd",
    "real_learning_rate": 0.1,
    "first_layer_rate": 0.5,
    "first_layer_scale": 2.0,
    "weight_decay": 0.1,
    "erasing": 0.5,
    "sharpen_epochs": 1,
}


@pytest.fixture(scope="module")
def by_recipe(tmp_path_factory: pytest.TempPathFactory) -> Outputs:
    outputs = Outputs.at(tmp_path_factory.mktemp("recipe"))
    training.train(settings.resolve("signs", RECIPE), DATASET, outputs)
    return outputs


def test_every_option_of_a_recipe_survives_an_interruption(
    by_recipe: Outputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outputs = Outputs.at(tmp_path)
    save = checkpoint.save

    def save_and_stop(path: Path, state: Any) -> None:
        save(path, state)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "save", save_and_stop)
        with pytest.raises(KeyboardInterrupt):
            training.train(settings.resolve("signs", RECIPE), DATASET, outputs, resume=True)
    training.train(settings.resolve("signs", RECIPE), DATASET, outputs, resume=True)
    assert_same_weights(by_recipe, outputs)


def test_the_validation_accuracy_of_a_bfloat16_run_is_the_saved_model_s(
    by_recipe: Outputs,
) -> None:
    model = model_file.load(by_recipe.model)
    assert {layer.compute_dtype for layer in model.layers} == {"float32"}
    assert DATASET.default_block is not None
    planes = preprocessing.apply(DATASET.default_block, DATASET.validation.images)
    found = evaluation.evaluate(framework, model, planes, DATASET.validation.labels).accuracy
    metrics = json.loads(by_recipe.metrics.read_text())
    assert metrics["settings"]["precision"] == "bfloat16"
    assert metrics["validation_accuracy"] == pytest.approx(found)


def test_measuring_batch_norms_again_changes_their_statistics_alone(
    finished: Outputs, tmp_path: Path
) -> None:
    outputs = Outputs.at(tmp_path)
    options = {**OPTIONS, "selection": "last", "reestimate_norms": True}
    metrics = training.train(settings.resolve("signs", options), DATASET, outputs)
    last = Outputs.at(tmp_path / "last.h5")
    training.train(settings.resolve("signs", {**OPTIONS, "selection": "last"}), DATASET, last)
    measured, plain = model_file.load(outputs.model), model_file.load(last.model)
    for one, other in zip(measured.trainable_weights, plain.trainable_weights, strict=True):
        np.testing.assert_array_equal(one, other)
    norm, before = (model.get_layer("conv_1_norm") for model in (measured, plain))
    assert not np.array_equal(norm.moving_mean, before.moving_mean)
    assert DATASET.default_block is not None
    planes = preprocessing.apply(DATASET.default_block, DATASET.validation.images)
    found = evaluation.evaluate(framework, measured, planes, DATASET.validation.labels).accuracy
    assert metrics["validation_accuracy"] == found


def test_a_run_can_start_from_the_weights_of_another(finished: Outputs, tmp_path: Path) -> None:
    outputs = Outputs.at(tmp_path)
    rates = {"learning_rate": 1e-9, "final_learning_rate": 1e-9}
    chosen = settings.resolve("signs", {**OPTIONS, **rates, "epochs": 1})
    training.train(chosen, DATASET, outputs, origins=Origins(finished.model))
    first, second = model_file.load(finished.model), model_file.load(outputs.model)
    for one, other in zip(first.trainable_weights, second.trainable_weights, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    assert training.identify(chosen, DATASET) != training.identify(
        chosen, DATASET, Origins(finished.model)
    )


def test_an_average_follows_the_weights_or_stays_at_their_start(
    finished: Outputs, tmp_path: Path
) -> None:
    options = {**OPTIONS, "epochs": 1, "selection": "last"}
    kernels = {}
    for average in (0.0, 1e-7, 0.9999):
        outputs = Outputs.at(tmp_path / f"{average}")
        chosen = settings.resolve("signs", {**options, "weight_average": average})
        training.train(chosen, DATASET, outputs, origins=Origins(finished.model))
        kernels[average] = model_file.load(outputs.model).get_layer("conv_2").get_weights()[0]
    start = model_file.load(finished.model).get_layer("conv_2").get_weights()[0]
    np.testing.assert_allclose(kernels[1e-7], kernels[0.0], atol=1e-6)
    assert np.abs(kernels[0.0] - start).max() > 1e-3
    np.testing.assert_allclose(kernels[0.9999], start, atol=1e-5)


def test_a_start_of_another_shape_is_refused(finished: Outputs, tmp_path: Path) -> None:
    other = settings.resolve("signs", {**OPTIONS, "filters": [4, 4]})
    with pytest.raises(DataError, match="another shape"):
        training.train(other, DATASET, Outputs.at(tmp_path), origins=Origins(finished.model))
    assert not list(tmp_path.iterdir())


def test_a_finished_run_is_not_repeated(finished: Outputs) -> None:
    before = finished.model.stat().st_mtime_ns
    training.train(settings.resolve("signs", OPTIONS), DATASET, finished, resume=True)
    assert finished.model.stat().st_mtime_ns == before


def test_outputs_of_another_run_are_not_overwritten(finished: Outputs) -> None:
    before = finished.model.read_bytes()
    other = settings.resolve("signs", {**OPTIONS, "seed": 1})
    for resume in (False, True):
        with pytest.raises(OutputError, match="already holds outputs"):
            training.train(other, DATASET, finished, resume=resume)
    assert finished.model.read_bytes() == before


def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    outputs = Outputs.at(tmp_path)
    row = dict.fromkeys(checkpoint.COLUMNS, 0.5) | {"epoch": 1.0}
    chosen = settings.resolve("signs", OPTIONS)
    for changes, told in (({}, "other data"), ({"seed": 7, "filters": [1]}, "other settings")):
        stored = {**chosen.values(), **changes}
        checkpoint.save(
            outputs.checkpoint, checkpoint.State("another", stored, [row], best_epoch=1)
        )
        with pytest.raises(OutputError, match=told) as refusal:
            training.train(chosen, DATASET, outputs, resume=True)
    assert refusal.value.found == "seed 7\nfilters [1]"
    assert refusal.value.allowed == "seed 0\nfilters [4, 8]"


def test_fewer_training_images_are_chosen_by_the_seed(tmp_path: Path) -> None:
    options = {**OPTIONS, "epochs": 1, "train_images": 40}
    metrics = training.train(settings.resolve("signs", options), DATASET, Outputs.at(tmp_path))
    assert metrics["images"]["train"] == 40


def test_mirrored_training_on_one_device_changes_nothing(finished: Outputs, tmp_path: Path) -> None:
    outputs = Outputs.at(tmp_path)
    chosen = settings.resolve("signs", OPTIONS)
    training.train(chosen, DATASET, outputs, backend=open_backend(strategy="mirrored"))
    assert_same_weights(finished, outputs)


def test_changed_data_is_another_run() -> None:
    chosen = settings.resolve("signs", OPTIONS)
    images = DATASET.train.images.copy()
    images[0, 0, 0, 0] ^= 1
    other = dataclasses.replace(DATASET, train=Split(images, DATASET.train.labels))
    assert training.identify(chosen, DATASET) != training.identify(chosen, other)


@pytest.mark.parametrize("loss", ["squared-hinge", "cross-entropy"])
def test_training_learns(loss: str, tmp_path: Path) -> None:
    options = {**OPTIONS, "filters": [16, 16], "epochs": 12, "loss": loss, "learning_rate": 5e-3}
    chosen = settings.resolve("signs", {**options, "rotation": 0.0, "selection": "last"})
    metrics = training.train(chosen, DATASET, Outputs.at(tmp_path))
    assert metrics["train_accuracy"] > 3 / len(signs.CLASS_NAMES)


def test_the_authors_layers_train_save_and_load(tmp_path: Path) -> None:
    options = {**OPTIONS, "epochs": 1, "sign_of_zero": -1, "kernel_scale": "Glorot"}
    for target in (tmp_path / "a.h5", tmp_path / "a.keras"):
        outputs = Outputs.at(target)
        training.train(settings.resolve("signs", options), DATASET, outputs, force=True)
        assert model_file.load(target).get_layer("conv_1").H == "Glorot"
        facts = open_model_file(target).metadata
        assert facts is not None
        assert facts.class_names == signs.CLASS_NAMES


def test_saved_weights_are_those_of_the_selected_epoch(tmp_path: Path) -> None:
    outputs = Outputs.at(tmp_path)
    metrics = training.train(settings.resolve("signs", OPTIONS), DATASET, outputs)
    with outputs.log.open() as file:
        ranks = [(float(r["val_accuracy"]), -float(r["val_loss"])) for r in csv.DictReader(file)]
    assert metrics["epoch"] == ranks.index(max(ranks)) + 1
    assert metrics["validation_accuracy"] == max(ranks)[0]


def test_of_epochs_that_are_equally_accurate_the_one_of_least_loss_is_kept() -> None:
    """Twenty validation images make most late epochs equal, the first of them hardly trained."""
    training: Any = SimpleNamespace(model=SimpleNamespace(get_weights=list), optimizer=list)
    state = checkpoint.State("run", {}, [])
    kept = []
    for accuracy, loss in ((0.5, 2.0), (1.0, 0.9), (1.0, 0.2), (1.0, 0.3), (0.9, 0.1), (1.0, 0.2)):
        row = {"val_accuracy": accuracy, "val_loss": loss}
        epochs._record(state, training, row, settings.resolve("signs", OPTIONS))
        kept.append(state.best_epoch)
    assert kept == [1, 2, 3, 3, 3, 3]


SCRIPT = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from support.small_runs import DATASET, OPTIONS
from cbcnn_trainer import settings, training
from cbcnn_trainer.outputs import Outputs
chosen = settings.resolve("signs", {{**OPTIONS, "epochs": 15}})
training.train(chosen, DATASET, Outputs.at(Path(sys.argv[1])), resume=True)
"""


def start(folder: Path) -> subprocess.Popen[bytes]:
    script = SCRIPT.format(tests=str(Path(__file__).parents[1]))
    return subprocess.Popen([sys.executable, "-c", script, str(folder)])


def test_killing_a_run_at_any_moment_changes_nothing(tmp_path: Path) -> None:
    whole = Outputs.at(tmp_path / "whole")
    training.train(settings.resolve("signs", {**OPTIONS, "epochs": 15}), DATASET, whole)
    broken = Outputs.at(tmp_path / "broken")
    kills = 0
    for delay in (0.05, 0.2):
        process = start(broken.model.parent)
        seen = broken.checkpoint.stat().st_mtime_ns if broken.checkpoint.exists() else 0
        while process.poll() is None and not (
            broken.checkpoint.exists() and broken.checkpoint.stat().st_mtime_ns > seen
        ):
            time.sleep(0.01)
        time.sleep(delay)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            kills += 1
        process.wait()
    assert kills
    assert start(broken.model.parent).wait() == 0
    assert_same_weights(whole, broken)
