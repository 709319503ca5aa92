"""The log's columns about a binarized network's training."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("larq", reason="needs the [train] extra")

from cbcnn_trainer import settings, training
from cbcnn_trainer.health import COLUMNS, Health
from cbcnn_trainer.keras2 import models
from cbcnn_trainer.keras2.models import KIT
from cbcnn_trainer.outputs import Outputs
from cbcnn_trainer.presets import Architecture
from support.small_runs import DATASET, OPTIONS

PLANES = np.arange(4 * 8 * 8, dtype=np.uint8).reshape(4, 8, 8, 1)
BLOCKS = Architecture(filters=(4, 3), units=(), kernel_size=3)


def built(**changes: Any) -> Any:
    """A model of 2 convolutions and a dense layer of 2 units whose latent weights are all 0.5."""
    model = models.build_model(Architecture(**{**vars(BLOCKS), **changes}), (8, 8, 1), 2)
    model.set_weights(
        [np.full_like(array, 0.5) if array.ndim > 1 else array for array in model.get_weights()]
    )
    return model


def kernel(model: Any, name: str) -> Any:
    return model.get_layer(name).kernel


def test_flips_are_counted_since_the_last_time() -> None:
    model = built()
    health = Health(KIT, model, PLANES, 1.0)
    assert health.measure()["flips"] == 0
    changed = kernel(model, "conv_2")
    changed.assign(-changed)
    binary = sum(
        layer.kernel.shape.num_elements()
        for layer in model.layers
        if layer.weights[:1] and hasattr(layer, "kernel_quantizer")
    )
    assert health.measure()["flips"] == pytest.approx(3 * 3 * 4 * 3 / binary)
    assert health.measure()["flips"] == 0


@pytest.mark.parametrize("sign_of_zero", [1, -1])
def test_weights_at_their_limit_are_counted(sign_of_zero: int) -> None:
    model = built(sign_of_zero=sign_of_zero)
    health = Health(KIT, model, PLANES, 1.0)
    assert health.measure()["clipped"] == 0
    for name in ("conv_1", "conv_2", "dense_1"):
        kernel(model, name).assign(-np.ones(kernel(model, name).shape, np.float32))
    assert health.measure()["clipped"] == 1


def test_filters_that_repeat_others_are_twins_and_so_are_their_negations() -> None:
    model = built()
    filters = np.full((3, 3, 1, 4), 0.5, np.float32)
    filters[0, 0, 0, 1] = -0.5
    filters[..., 2] = -filters[..., 1]
    filters[..., 3] = filters[..., 0]
    kernel(model, "conv_1").assign(filters)
    assert Health(KIT, model, PLANES, 1.0).measure()["twins"] == 2


@pytest.mark.parametrize("sign_of_zero", [1, -1])
def test_only_what_binary_layers_read_counts_for_the_window(sign_of_zero: int) -> None:
    model = built(sign_of_zero=sign_of_zero)
    first = model.get_layer("conv_1_norm")
    first.gamma.assign(np.zeros(4, np.float32))
    first.beta.assign(np.array([0.5, -1.5, 1.5, -2.5], np.float32))
    second = model.get_layer("conv_2_norm")
    second.gamma.assign(np.zeros(3, np.float32))
    second.beta.assign(np.full(3, 9, np.float32))
    assert Health(KIT, model, PLANES, 1.0).measure()["in_window"] == pytest.approx(1 / 8)
    assert Health(KIT, model, PLANES, 2.0).measure()["in_window"] == pytest.approx(3 / 8)


def test_a_network_of_real_values_has_zeros() -> None:
    model = models.build_model(Architecture(**{**vars(BLOCKS), "binary": False}), (8, 8, 1), 2)
    assert Health(KIT, model, PLANES, 1.0).measure() == dict.fromkeys(COLUMNS, 0.0)


def test_the_log_has_the_columns_with_fused_convolutions_too(tmp_path: Path) -> None:
    chosen = settings.resolve("signs", {**OPTIONS, "epochs": 1, "convolution": "fused"})
    outputs = Outputs.at(tmp_path)
    training.train(chosen, DATASET, outputs)
    with outputs.log.open() as file:
        (row,) = csv.DictReader(file)
    assert 0 < float(row["flips"]) < 1
    assert 0 < float(row["in_window"]) <= 1
