"""Training in two stages: signs between blocks first, binary kernels from there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("larq", reason="needs the [train] extra")

from cbcnn_inputs.errors import DataError
from cbcnn_trainer import buildable, settings, training
from cbcnn_trainer.keras2 import model_file
from cbcnn_trainer.keras2.backend import tf
from cbcnn_trainer.origins import Origins
from cbcnn_trainer.outputs import Outputs
from cbcnn_trainer.presets import Architecture
from support.commands import codegen
from support.small_runs import DATASET, OPTIONS

FIRST: dict[str, Any] = {**OPTIONS, "binary_kernels": False}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Outputs:
    outputs = Outputs.at(tmp_path_factory.mktemp("first"))
    training.train(settings.resolve("signs", FIRST), DATASET, outputs)
    return outputs


def test_the_first_stage_multiplies_signs_by_real_weights(first: Outputs) -> None:
    model = model_file.load(first.model)
    layer = model.get_layer("conv_2")
    kernel = layer.get_weights()[0]
    assert not set(np.unique(kernel)) <= {-1.0, 1.0}
    assert np.abs(kernel).max() <= 1
    values = np.random.default_rng(0).normal(size=(2, 8, 8, kernel.shape[2])).astype(np.float32)
    signs = np.where(values >= 0, 1.0, -1.0).astype(np.float32)
    expected = tf.nn.conv2d(signs, kernel, 1, "SAME").numpy()
    np.testing.assert_allclose(layer(values).numpy(), expected, rtol=1e-5, atol=1e-5)


def test_the_second_stage_goes_on_from_its_weights(first: Outputs, tmp_path: Path) -> None:
    outputs = Outputs.at(tmp_path)
    rates = {"learning_rate": 1e-9, "final_learning_rate": 1e-9}
    chosen = settings.resolve("signs", {**OPTIONS, **rates, "epochs": 1})
    training.train(chosen, DATASET, outputs, origins=Origins(first.model))
    before, after = model_file.load(first.model), model_file.load(outputs.model)
    for one, other in zip(before.trainable_weights, after.trainable_weights, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    kernel = after.get_layer("conv_2")
    values = np.ones((1, 4, 4, kernel.get_weights()[0].shape[2]), np.float32)
    assert np.array_equal(kernel(values), np.rint(kernel(values)))


def test_a_first_stage_becomes_c_of_floats(first: Outputs, tmp_path: Path) -> None:
    result = codegen(first.model, "--target", "cortex-m4", "-o", tmp_path / "out")
    assert result.returncode == 0, result.stderr
    assert "level 2" in (tmp_path / "out" / "report.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("other", [{"binary": False}, {"sign_of_zero": -1}])
def test_real_kernels_need_signs_of_larqs_kind(other: dict[str, Any]) -> None:
    with pytest.raises(DataError, match="real kernels alone"):
        buildable.check(Architecture(binary_kernels=False, **other), (32, 32, 1), 43)
