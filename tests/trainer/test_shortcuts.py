"""Networks with residual layers and with real-valued ends: layers, sums, files, training."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("larq", reason="needs the [train] extra")

from cbcnn_inputs.errors import DataError
from cbcnn_trainer import settings, training
from cbcnn_trainer.keras2 import model_file, models
from cbcnn_trainer.keras2.backend import tf
from cbcnn_trainer.outputs import Outputs
from cbcnn_trainer.presets import Architecture
from support.commands import codegen
from support.small_runs import DATASET, OPTIONS

RESIDUAL = Architecture(filters=(4, 6), units=(), residuals=(0, 2))
QUICK = Architecture(
    filters=(4, 6),
    units=(),
    residuals=(1, 2),
    residual_relu=True,
    downsampling="real",
    ending="average",
)


def build(architecture: Architecture) -> Any:
    return models.build_model(architecture, (8, 8, 1), 3)


def value_of(model: Any, name: str, images: Any) -> Any:
    """What a layer makes of the images."""
    return tf.keras.Model(model.input, model.get_layer(name).output)(images).numpy()


def test_a_residual_layer_adds_to_what_it_reads() -> None:
    model = build(RESIDUAL)
    images = np.random.default_rng(0).integers(-127, 128, (3, 8, 8, 1)).astype(np.float32)
    read, made, total = (
        value_of(model, f"conv_2_{name}", images)
        for name in ("residual_1_add", "residual_2_norm", "residual_2_add")
    )
    assert read.shape == (3, 2, 2, 6)
    np.testing.assert_array_equal(total, made + read)
    assert np.unique(np.sign(read)).size > 1
    layer = model.get_layer("conv_2_residual_2")
    assert layer.input_quantizer is not None
    assert layer.kernel_quantizer is not None


def test_without_shortcuts_the_same_layers_stand_in_a_row() -> None:
    plain = build(replace(RESIDUAL, shortcuts=False))
    assert isinstance(plain, tf.keras.Sequential)
    assert [w.shape for w in plain.weights] == [w.shape for w in build(RESIDUAL).weights]


def test_quicknet_has_signs_in_its_residual_layers_alone() -> None:
    model = build(QUICK)
    quantized = {layer.name for layer in model.layers if hasattr(layer, "kernel_quantizer")}
    assert quantized == {"conv_1_residual_1", "conv_2_residual_1", "conv_2_residual_2"}
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds.count("DepthwiseConv2D") == 1
    assert kinds.count("Add") == 3
    assert kinds[-2:] == ["GlobalAveragePooling2D", "Dense"]
    images = np.random.default_rng(0).integers(-127, 128, (3, 8, 8, 1)).astype(np.float32)
    assert value_of(model, "conv_2_residual_2_relu", images).min() == 0
    assert value_of(model, "conv_1_stem", images).shape == (3, 4, 4, 2)
    assert value_of(model, "conv_2_pool", images).shape == (3, 2, 2, 4)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"residuals": (1,)}, "do not match"),
        ({"ending": "average", "units": (8,)}, "mean of each channel"),
        ({"ending": "average", "filters": (), "residuals": ()}, "mean of each channel"),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(changes: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        build(replace(RESIDUAL, **changes))


@pytest.mark.parametrize("architecture", [RESIDUAL, QUICK], ids=["residual", "quicknet"])
def test_a_run_trains_saves_and_becomes_c_of_floats(
    architecture: Architecture, tmp_path: Path
) -> None:
    asked = {
        name: value
        for name, value in vars(architecture).items()
        if value != getattr(Architecture, name)
    }
    chosen = settings.resolve("signs", {**OPTIONS, **asked, "units": [], "epochs": 1})
    outputs = Outputs.at(tmp_path / "run")
    metrics = training.train(chosen, DATASET, outputs)
    assert metrics["settings"]["architecture"]["residuals"] == list(architecture.residuals)
    loaded = model_file.load(outputs.model)
    assert sum(type(layer).__name__ == "Add" for layer in loaded.layers) == sum(
        architecture.residuals
    )
    result = codegen(outputs.model, "--target", "cortex-m4", "-o", tmp_path / "out")
    assert result.returncode == 0, result.stderr
    assert "level 2" in (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
