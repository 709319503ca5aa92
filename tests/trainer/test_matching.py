"""A student whose blocks look where those of its teachers look."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("larq", reason="needs the [train] extra")

from cbcnn_inputs.errors import DataError, UsageError
from cbcnn_trainer import epochs, settings, training
from cbcnn_trainer.accelerated.prepare import prepare
from cbcnn_trainer.backends import open_backend
from cbcnn_trainer.checkpoint import State
from cbcnn_trainer.keras2 import matching, model_file, models
from cbcnn_trainer.keras2.backend import tf
from cbcnn_trainer.keras2.distillation import load_teacher
from cbcnn_trainer.metadata_of_run import metadata_of
from cbcnn_trainer.origins import Origins
from cbcnn_trainer.outputs import Outputs
from support.small_runs import DATASET, OPTIONS

STUDENT: dict[str, Any] = {**OPTIONS, "units": [], "epochs": 2, "feature_matching": 2.0}
PLANES = np.random.default_rng(0).integers(-9, 9, (16, 32, 32, 1)).astype(np.float32)


def network(**options: Any) -> Any:
    return models.build_model(settings.resolve("signs", options).architecture, (32, 32, 1), 8)


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network of real values with other channels and other layers in the same two blocks."""
    path = tmp_path_factory.mktemp("teacher") / "model.h5"
    chosen = settings.resolve(
        "signs", {"binary": False, "filters": [6, 10], "residuals": [0, 1], "units": []}
    )
    classes = len(DATASET.class_names)
    model = models.build_model(chosen.architecture, (32, 32, 1), classes)
    model_file.save(model, path, metadata_of(chosen, DATASET, {}))
    return path


def test_a_block_ends_in_front_of_the_next_one() -> None:
    for options, ends in (
        ({}, ["conv_1_norm", "conv_2_norm"]),
        ({"first_order": "norm-first"}, ["conv_1_pool", "conv_2_norm"]),
        ({"residuals": [2, 0]}, ["conv_1_residual_2_add", "conv_2_norm"]),
        ({"residuals": [1, 0], "shortcuts": False}, ["conv_1_residual_1_norm", "conv_2_norm"]),
        ({"downsampling": "real"}, ["conv_1_norm", "conv_2_norm"]),
    ):
        found = matching.blocks_of(network(filters=[4, 8], units=[], **options))
        assert [end._keras_history.layer.name for end in found] == ends
        assert [tuple(end.shape[1:3]) for end in found] == [(16, 16), (8, 8)]


def test_attention_is_the_sum_of_squares_over_channels_of_length_one() -> None:
    maps = np.array([[[[3.0, 4.0], [0.0, 0.0]], [[0.0, 12.0], [1.0, 0.0]]]], np.float32)
    expected = np.array([[25.0, 0.0, 144.0, 1.0]])
    expected /= np.linalg.norm(expected)
    np.testing.assert_allclose(matching.attention(maps), expected, rtol=1e-6)
    np.testing.assert_allclose(matching.attention(7 * maps), expected, rtol=1e-6)


def test_the_distance_is_squared_and_summed_over_blocks_and_a_mean_over_images() -> None:
    random = np.random.default_rng(1)
    maps = [random.normal(size=(3, side, side, 2)).astype(np.float32) for side in (4, 2)]
    wanted = [random.random((3, side * side)).astype(np.float32) for side in (4, 2)]
    expected = sum(
        ((matching.attention(own).numpy() - other) ** 2).sum(axis=1).mean()
        for own, other in zip(maps, wanted, strict=True)
    )
    assert float(matching.distance(maps, wanted)) == pytest.approx(expected, rel=1e-5)


def test_a_student_that_matches_nears_the_mean_of_its_teachers() -> None:
    tf.keras.utils.set_random_seed(0)
    student = network(filters=[4, 8], units=[], residuals=[1, 0])
    teachers = [network(filters=[6, 6], units=[], binary=False) for _ in range(2)]
    start = student.get_weights()

    def gap_after_training(weight: float) -> float:
        model = matching.match_features(student, teachers, weight)
        model.compile(tf.keras.optimizers.Adam(0.01), tf.keras.losses.SquaredHinge())
        assert [w.name for w in model.weights] == [w.name for w in student.weights]
        model.set_weights(start)
        model.fit(PLANES, -np.ones((16, 8), np.float32), batch_size=16, epochs=12, verbose=0)
        return gap()

    def gap() -> float:
        look = tf.keras.Model(student.inputs, matching.blocks_of(student))
        guides = [tf.keras.Model(one.inputs, matching.blocks_of(one)) for one in teachers]
        theirs = [[matching.attention(m) for m in guide(PLANES)] for guide in guides]
        wanted = [(one + other) / 2 for one, other in zip(*theirs, strict=True)]
        return float(matching.distance(look(PLANES, training=True), wanted))

    frozen = [w.numpy() for one in teachers for w in one.weights]
    assert gap_after_training(100.0) < 0.92 * gap_after_training(0.0)
    for old, now in zip(frozen, [w for one in teachers for w in one.weights], strict=True):
        np.testing.assert_array_equal(old, now.numpy())


def test_a_run_that_matches_goes_on_as_if_it_had_not_been_interrupted(
    teacher: Path, tmp_path: Path
) -> None:
    chosen = settings.resolve("signs", {**STUDENT, "precision": "bfloat16"})
    files = Origins(teachers=(teacher, teacher)).teacher_files
    classes = len(DATASET.class_names)

    def go_on(state: State, watch: epochs.Watch) -> list[Any]:
        guide = load_teacher(chosen, files, (32, 32, 1), classes)
        given = (chosen, DATASET, Outputs.at(tmp_path), state, open_backend(), guide)
        epochs.run(*given, watch=watch)
        return state.weights

    state = State("run")
    go_on(state, lambda _: False)
    assert state.epoch == 1
    pieces, whole = (go_on(one, lambda _: True) for one in (state, State("run")))
    for one, other in zip(pieces, whole, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("filters", [[4], [4, 8, 8], [4, 8]])
def test_a_teacher_of_other_maps_is_refused(
    filters: list[int], teacher: Path, tmp_path: Path
) -> None:
    options = {**STUDENT, "filters": filters, "pool_size": 4 if len(filters) == 2 else 2}
    chosen = settings.resolve("signs", options)
    with pytest.raises(DataError, match="has other maps") as caught:
        training.train(chosen, DATASET, Outputs.at(tmp_path), origins=Origins(teachers=(teacher,)))
    assert "2 blocks of convolutions with maps 16x16, 8x8" in str(caught.value.found)
    assert not list(tmp_path.iterdir())


def test_the_loop_for_accelerators_refuses_several_teachers_that_it_would_have_to_ask(
    teacher: Path, tmp_path: Path
) -> None:
    options = {**STUDENT, "feature_matching": 0.0, "loss": "cross-entropy", "distillation": 0.5}
    origins = Origins(teachers=(teacher, teacher))
    with pytest.raises(UsageError, match="one teacher at a time"):
        prepare(settings.resolve("signs", options), DATASET, tmp_path, origins)
    assert not list(tmp_path.iterdir())
    beforehand = settings.resolve("signs", {**options, "teacher_view": "original"})
    assert prepare(beforehand, DATASET, tmp_path, origins).opinions.shape[0] == 1
