"""The tally of a folder of networks: what agrees, what differs, and the signs of the live model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("larq", reason="comparing with live Larq needs the extra [train]")

from benchmarks import tally
from cbcnn_trainer.keras2.backend import larq, tf
from support.tools import require_tool

RESCALE = [1 / 128, -1.0]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A residual network, and one with a layer that holds code."""
    require_tool("gcc", "gcc")
    path = tmp_path_factory.mktemp("tally")
    layers = tf.keras.layers
    image = tf.keras.Input((6, 6, 3))
    x = layers.Conv2D(4, 3, padding="same")(image)
    options: dict[str, Any] = {"input_quantizer": "ste_sign", "kernel_quantizer": "ste_sign"}
    y = larq.layers.QuantConv2D(4, 3, padding="same", **options)(x)
    y = layers.BatchNormalization(momentum=0.5)(y)
    x = layers.Dense(3)(layers.GlobalAveragePooling2D()(layers.add([x, y])))
    models = {"residual": tf.keras.Model(image, x)}
    code = layers.Lambda(lambda value: value)(x)
    models["code"] = tf.keras.Model(image, code)
    images = np.random.default_rng(0).integers(0, 256, (4, 6, 6, 3), np.uint8)
    for name, model in models.items():
        model.save(path / f"{name}.h5", save_format="h5")
        scaled = images.astype(np.float32) * np.float32(RESCALE[0]) + np.float32(RESCALE[1])
        np.savez(path / f"{name}.npz", images=images, output_0=model(scaled, training=False))
    entries = [{"name": name, "rescale": RESCALE} for name in models]
    (path / "index.json").write_text(json.dumps(entries))
    return path


pytestmark = pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")


def entry(name: str) -> dict[str, Any]:
    return {"name": name, "rescale": RESCALE}


def test_a_network_is_compared_with_what_is_stored_and_with_the_live_model(folder: Path) -> None:
    plain, live = (tally.tally(folder, entry("residual"), live=of) for of in (False, True))
    assert plain.agrees
    assert plain.signs == 0
    assert live.agrees
    assert (live.signs, live.wrong_signs, live.level) == (4 * 6 * 6 * 4, 0, 2)
    assert "0 of 576 signs differ" in str(live)


def test_other_stored_outputs_are_wrong(folder: Path) -> None:
    stored = dict(np.load(folder / "residual.npz"))
    np.savez(folder / "residual.npz", images=stored["images"], output_0=stored["output_0"] + 1)
    try:
        assert not tally.tally(folder, entry("residual")).agrees
    finally:
        np.savez(folder / "residual.npz", **stored)


def test_a_layer_of_code_is_refused_with_the_reason(folder: Path) -> None:
    refused = tally.tally(folder, entry("code"), live=True)
    assert not refused.agrees
    assert "Lambda" in str(refused)
