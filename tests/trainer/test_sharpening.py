"""Activations begin as a hard tanh and become signs; what is validated and saved has signs only."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("larq", reason="needs the [train] extra")

from cbcnn_inputs.errors import DataError
from cbcnn_trainer import epochs, parts, settings
from cbcnn_trainer.backends import open_backend
from cbcnn_trainer.checkpoint import State
from cbcnn_trainer.keras2 import models
from cbcnn_trainer.keras2.backend import tf
from cbcnn_trainer.keras2.sharpening import Sharpening, slope_of
from cbcnn_trainer.outputs import Outputs
from support.small_runs import DATASET, OPTIONS

SMALL: dict[str, Any] = {**OPTIONS, "filters": [4, 4], "units": []}


def test_the_slope_grows_evenly_from_one() -> None:
    slopes = [slope_of(epoch, 4) for epoch in range(4)]
    assert slopes == pytest.approx([1, 2, 4, 8])
    assert slope_of(0, 1) == 1


@pytest.mark.parametrize("changes", [{}, {"sign_of_zero": -1}, {"residuals": [1, 0]}])
def test_a_network_in_training_is_soft_and_then_the_network_of_signs(changes: Any) -> None:
    chosen = settings.resolve("signs", {**SMALL, **changes})
    model = models.build_model(chosen.architecture, (32, 32, 1), 43)
    model.compile("sgd", "mse")
    planes = np.random.default_rng(0).integers(-9, 9, (2, 32, 32, 1)).astype(np.float32)
    signs = model(planes).numpy()
    weights = [weight.name for weight in model.weights]
    sharpening = Sharpening(model, 2)
    sharpening.begin(0)
    flat = model(planes).numpy()
    sharpening.begin(1)
    steep = model(planes).numpy()
    assert not np.array_equal(flat, signs)
    assert not np.array_equal(steep, flat)
    assert [weight.name for weight in model.weights] == weights
    sharpening.begin(2)
    np.testing.assert_array_equal(model(planes).numpy(), signs)


def test_a_soft_activation_is_a_line_between_its_limits_with_the_gradient_of_the_sign() -> None:
    chosen = settings.resolve("signs", SMALL)
    model = models.build_model(chosen.architecture, (32, 32, 1), 43)
    model.compile("sgd", "mse")
    sharpening = Sharpening(model, 2)
    sharpening.begin(1)
    values = tf.constant([-3.0, -0.3, -0.1, 0.0, 0.2, 0.26, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(values)
        made = model.get_layer("conv_2").input_quantizer(values)
    np.testing.assert_allclose(made, [-1, -1, -0.4, 0, 0.8, 1, 1], atol=1e-6)
    np.testing.assert_allclose(tape.gradient(made, values), [0, 1, 1, 1, 1, 1, 0])


def test_soft_epochs_train_otherwise_and_are_validated_with_signs(tmp_path: Any) -> None:
    states = []
    for sharpen in (0, 1):
        chosen = settings.resolve("signs", {**SMALL, "epochs": 2, "sharpen_epochs": sharpen})
        state = State("run")
        held_out: list[dict[str, float]] = []

        def look(state: State, chosen: Any = chosen, held_out: Any = held_out) -> bool:
            judge = models.build_model(chosen.architecture, (32, 32, 1), len(DATASET.class_names))
            judge.set_weights(state.weights)
            planes = parts.to_planes(chosen, DATASET.validation.images).astype(np.float32)
            answers = judge(planes).numpy().argmax(axis=1)
            held_out.append(float((answers == DATASET.validation.labels).mean()))
            return True

        run = (chosen, DATASET, Outputs.at(tmp_path), state, open_backend())
        epochs.run(*run, watch=look)
        assert [row["val_accuracy"] for row in state.history] == pytest.approx(held_out)
        states.append(state)
    assert states[0].history[0]["loss"] != states[1].history[0]["loss"]
    assert any((a != b).any() for a, b in zip(*(s.weights for s in states), strict=True))


@pytest.mark.parametrize("given", [{"sharpen_epochs": 3}, {"convolution": "fused"}])
def test_no_epoch_of_signs_and_fused_convolutions_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(DataError, match=r"no epoch would|fused convolutions read"):
        settings.resolve("signs", {**SMALL, "epochs": 3, "sharpen_epochs": 1, **given})
