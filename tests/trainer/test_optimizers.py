"""Groups of weights descend each by its own optimizer and rate, under one schedule."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("larq", reason="needs the [train] extra")

from cbcnn_inputs.errors import UsageError
from cbcnn_trainer import settings, training
from cbcnn_trainer.keras2 import models
from cbcnn_trainer.keras2.backend import tf
from cbcnn_trainer.keras2.optimizers import make
from cbcnn_trainer.keras2.optimizers.by_group import ByGroup, Group
from cbcnn_trainer.origins import Origins
from cbcnn_trainer.outputs import Outputs
from support.small_runs import DATASET, OPTIONS

optimizers = tf.keras.optimizers
RANDOM = np.random.default_rng(0)
VALUES = [RANDOM.normal(size=4).astype(np.float32) for _ in range(3)]
STEPS = [(rate, RANDOM.normal(size=(3, 4)).astype(np.float32)) for rate in (0.1, 0.1, 0.03)]


def adam(**options: Any) -> Any:
    return optimizers.Adam(0.1, beta_2=0.9, weight_decay=0.5, **options)


def sgd(**options: Any) -> Any:
    return optimizers.SGD(0.1, momentum=0.5, **options)


def descend(optimizer: Any, variables: list[Any], numbers: list[int], factor: float = 1) -> None:
    optimizer.build(variables)
    for rate, gradients in STEPS:
        optimizer.learning_rate = rate * factor
        optimizer.apply_gradients(
            [(tf.constant(gradients[n]), v) for n, v in zip(numbers, variables, strict=True)]
        )
    optimizer.finalize_variable_values(variables)


@pytest.mark.parametrize("average", [{}, {"use_ema": True, "ema_momentum": 0.5}])
def test_each_group_descends_as_its_optimizer_does_alone(average: dict[str, Any]) -> None:
    together, alone = ([tf.Variable(value) for value in VALUES] for _ in range(2))
    first, second = ({id(together[n])} for n in range(2))
    groups = [
        Group(lambda one: id(one) in first, adam(), 0.5),
        Group(lambda one: id(one) in second, adam()),
        Group(lambda _: True, sgd(), 10.0),
    ]
    descend(ByGroup(0.1, groups, **average), together, [0, 1, 2])
    for number, factor in enumerate((0.5, 1, 10)):
        own = adam(**average) if number < 2 else sgd(**average)
        descend(own, [alone[number]], [number], factor)
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=1e-6)


def test_latent_weights_are_kernels_of_binary_layers() -> None:
    for options in ({}, {"sign_of_zero": -1}, {"residuals": [1, 0], "downsampling": "real"}):
        chosen = settings.resolve("mnist", {"filters": [4, 4], "units": [8], **options})
        model = models.build_model(chosen.architecture, (28, 28, 1), 10)
        found = [one.name for one in model.trainable_variables if make.is_latent(one)]
        binary = [layer for layer in model.layers if getattr(layer, "kernel_constraint", None)]
        assert found == [layer.kernel.name for layer in binary]
        assert found
        assert len(found) < len(model.trainable_variables)


def test_one_adam_trains_all_weights_unless_groups_are_asked_for() -> None:
    model = models.build_model(settings.resolve("mnist", OPTIONS).architecture, (28, 28, 1), 10)
    given: list[tuple[dict[str, Any], Any]]
    given = [({}, optimizers.Adam), ({"real_learning_rate": 0.1}, ByGroup)]
    for options, kind in given:
        chosen = settings.resolve("mnist", {**OPTIONS, **options})
        assert type(make.make_optimizer(chosen, model)) is kind


@pytest.mark.parametrize("groups", [{}, {"real_optimizer": "sgd", "real_learning_rate": 0.02}])
def test_decay_shrinks_kernels_and_nothing_else(groups: dict[str, Any]) -> None:
    options: dict[str, Any] = {"filters": [4], "units": [], "residuals": [1]}
    options |= {"downsampling": "real", "weight_decay": 5.0, "learning_rate": 0.01, **groups}
    chosen = settings.resolve("mnist", options)
    model = models.build_model(chosen.architecture, (28, 28, 1), 10)
    before = [variable.numpy() for variable in model.trainable_variables]
    optimizer = make.make_optimizer(chosen, model)
    optimizer.build(model.trainable_variables)
    nothing = [tf.zeros(variable.shape) for variable in model.trainable_variables]
    optimizer.apply_gradients(zip(nothing, model.trainable_variables, strict=True))
    for variable, old in zip(model.trainable_variables, before, strict=True):
        rate = 0.01 if make.is_latent(variable) or not groups else 0.02
        kept = 1 - 5 * rate if "kernel" in variable.name else 1
        np.testing.assert_allclose(variable.numpy(), kept * old, rtol=1e-5)


def test_the_first_kernel_is_scaled_and_stays_within_its_limit() -> None:
    chosen = settings.resolve("mnist", {**OPTIONS, "first_layer_scale": 6.0})
    tf.keras.utils.set_random_seed(0)
    model = models.build_model(chosen.architecture, (28, 28, 1), 10)
    before = model.get_weights()
    make.scale_first_kernel(chosen, model)
    after = model.get_weights()
    np.testing.assert_allclose(after[0], np.clip(6 * before[0], -1, 1), rtol=1e-6)
    assert np.abs(after[0]).max() == 1
    for one, other in zip(before[1:], after[1:], strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_scale_of_new_weights_is_refused_where_a_model_gives_them(tmp_path: Path) -> None:
    layers = [tf.keras.layers.InputLayer((2,)), tf.keras.layers.Dense(1)]
    origin = tmp_path / "model.keras"
    tf.keras.Sequential(layers).save(origin)
    chosen = settings.resolve("signs", {**OPTIONS, "first_layer_scale": 6.0})
    with pytest.raises(UsageError, match="first-layer-scale would have no effect"):
        training.train(chosen, DATASET, Outputs.at(tmp_path / "out"), origins=Origins(origin))
