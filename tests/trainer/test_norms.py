"""Batch norm statistics measured after training."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("larq", reason="needs the [train] extra")

from cbcnn_trainer import norms
from cbcnn_trainer.keras2 import models
from cbcnn_trainer.keras2.backend import tf
from cbcnn_trainer.presets import Architecture

PLANES = np.random.default_rng(0).integers(-127, 128, (60, 8, 8, 1)).astype(np.int8)


def test_statistics_are_those_of_the_images(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(norms, "BATCH", 20)
    model = models.build_model(Architecture(filters=(4,), units=(6,)), (8, 8, 1), 3)
    before = [weight.numpy() for weight in model.trainable_weights]
    norms.reestimate(tf.keras, model, PLANES)
    pooled = model.get_layer("conv_1_pool")(model.get_layer("conv_1")(PLANES.astype(np.float32)))
    norm = model.get_layer("conv_1_norm")
    np.testing.assert_allclose(norm.moving_mean, np.mean(pooled, axis=(0, 1, 2)), rtol=1e-4)
    np.testing.assert_allclose(norm.moving_variance, np.var(pooled, axis=(0, 1, 2)), rtol=0.03)
    assert norm.momentum == 0.9
    for weight, value in zip(model.trainable_weights, before, strict=True):
        np.testing.assert_array_equal(weight, value)


def test_measuring_twice_gives_the_same() -> None:
    model = models.build_model(Architecture(filters=(4,), units=(6,)), (8, 8, 1), 3)
    norms.reestimate(tf.keras, model, PLANES)
    first = model.get_weights()
    norms.reestimate(tf.keras, model, PLANES)
    for one, other in zip(first, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
