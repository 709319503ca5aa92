"""Networks of real values, and training with one of them as a teacher."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("larq", reason="needs the [train] extra")

from cbcnn_inputs.errors import DataError
from cbcnn_trainer import buildable, settings, training
from cbcnn_trainer.keras2 import model_file, models
from cbcnn_trainer.keras2.backend import tf
from cbcnn_trainer.keras2.distillation import Teacher
from cbcnn_trainer.origins import Origins
from cbcnn_trainer.outputs import Outputs
from cbcnn_trainer.presets import Architecture
from support.small_runs import DATASET, OPTIONS

STUDENT: dict[str, Any] = {**OPTIONS, "epochs": 2, "loss": "cross-entropy", "distillation": 0.5}


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    outputs = Outputs.at(tmp_path_factory.mktemp("teacher"))
    options = {**OPTIONS, "binary": False, "filters": [6], "loss": "cross-entropy"}
    training.train(settings.resolve("signs", options), DATASET, outputs)
    return outputs.model


def test_a_real_valued_network_has_the_same_parameters_and_no_signs() -> None:
    shape, classes = (32, 32, 1), 43
    binary = models.build_model(Architecture(), shape, classes)
    real = models.build_model(Architecture(binary=False), shape, classes)
    assert [w.shape for w in real.get_weights()] == [w.shape for w in binary.get_weights()]
    kinds = [type(layer).__name__ for layer in real.layers]
    assert not any(kind.startswith(("Quant", "Binary")) for kind in kinds)
    assert kinds.count("ReLU") == 5
    assert kinds[-1] == "BatchNormalization"


def test_real_values_take_no_sign_of_zero() -> None:
    with pytest.raises(DataError, match="takes no signs"):
        buildable.check(Architecture(binary=False, sign_of_zero=-1), (32, 32, 1), 43)


@pytest.mark.parametrize(("share", "temperature"), [(0.0, 1.0), (0.25, 1.0), (1.0, 4.0)])
def test_targets_are_mixed_with_the_teachers_softmax(share: float, temperature: float) -> None:
    scores = np.array([[0.0, 2.0, -1.0], [4.0, 1.0, 1.0]], np.float32)
    rows = np.eye(3, dtype=np.float32)[[1, 2]]
    layers = [tf.keras.layers.InputLayer((3,)), tf.keras.layers.Activation("linear")]
    teacher = Teacher([tf.keras.Sequential(layers)], share, temperature)
    found = teacher.mix(scores, rows, [0, 1], [False, False]).numpy()
    powers = np.exp(scores / temperature)
    expected = (1 - share) * rows + share * powers / powers.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-5)


def views(images: Any) -> Any:
    """What a teacher says of images that it knows by their first row."""
    return tf.reshape(images[:, 0], (-1, 3)) * 1.5


def test_remembered_answers_are_those_for_each_image_and_its_mirror_image() -> None:
    planes = np.random.default_rng(0).integers(0, 9, (1203, 2, 3, 1)).astype(np.uint8)
    layers = [tf.keras.layers.InputLayer((2, 3, 1)), tf.keras.layers.Lambda(views)]
    numbers = np.array([1202, 0, 7, 7, 500])
    mirrored = np.array([True, False, True, False, True])
    seen = planes[numbers].astype(np.float32)
    seen[mirrored] = seen[mirrored][:, :, ::-1]
    rows = np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1]]
    teacher = Teacher([tf.keras.Sequential(layers)], 0.75, 2.0)
    expected = teacher.mix(seen, rows, numbers, mirrored)
    teacher.remember(planes, mirrored=True)
    found = teacher.mix(np.full_like(seen, np.nan), rows, numbers, mirrored)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("shift", "view", "asked"),
    [(0.0, "changed", 1), (0.1, "changed", 0), (0.1, "original", 1)],
)
def test_a_teacher_is_asked_once_where_that_is_enough(
    teacher: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    shift: float,
    view: str,
    asked: int,
) -> None:
    calls = []
    remember = Teacher.remember
    monkeypatch.setattr(
        Teacher,
        "remember",
        lambda self, planes, mirrored: (
            calls.append(mirrored) or remember(self, planes, mirrored=mirrored)  # type: ignore[func-returns-value]
        ),
    )
    options = {**STUDENT, "epochs": 1, "rotation": 0.0, "shift": shift, "teacher_view": view}
    origins = Origins(teachers=(teacher,))
    outputs = Outputs.at(tmp_path)
    training.train(settings.resolve("signs", options), DATASET, outputs, origins=origins)
    assert calls == [False] * asked


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_student_learns_from_its_teacher(teacher: Path, tmp_path: Path, precision: str) -> None:
    chosen = settings.resolve("signs", {**STUDENT, "precision": precision})
    outputs = Outputs.at(tmp_path / "taught")
    metrics = training.train(chosen, DATASET, outputs, origins=Origins(teachers=(teacher,)))
    assert list(metrics["origins"]) == ["teacher"]
    assert json.loads(outputs.metrics.read_text())["origins"] == metrics["origins"]
    alone = Outputs.at(tmp_path / "alone")
    untaught = settings.resolve("signs", {**STUDENT, "distillation": 0.0, "precision": precision})
    training.train(untaught, DATASET, alone)
    kernels = [
        model_file.load(o.model).get_layer("conv_1").get_weights()[0] for o in (outputs, alone)
    ]
    assert not np.array_equal(*kernels)


def test_a_share_without_a_teacher_is_refused(teacher: Path, tmp_path: Path) -> None:
    for share, origins in ((0.5, Origins()), (0.0, Origins(teachers=(teacher,)))):
        chosen = settings.resolve("signs", {**STUDENT, "distillation": share})
        with pytest.raises(DataError, match="belong together"):
            training.train(chosen, DATASET, Outputs.at(tmp_path), origins=origins)
    matching = settings.resolve("signs", {**OPTIONS, "feature_matching": 1.0})
    with pytest.raises(DataError, match="belong together"):
        training.train(matching, DATASET, Outputs.at(tmp_path))
    assert not list(tmp_path.iterdir())


def test_a_teacher_of_other_planes_is_refused(teacher: Path, tmp_path: Path) -> None:
    chosen = settings.resolve("signs", {**STUDENT, "preprocessing": "none"})
    with pytest.raises(DataError, match="cannot teach"):
        training.train(chosen, DATASET, Outputs.at(tmp_path), origins=Origins(teachers=(teacher,)))
    assert not list(tmp_path.iterdir())
