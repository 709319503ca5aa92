"""Functions of TensorFlow in a functional model: called from a list, as the file says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

pytest.importorskip("larq", reason="needs the [train] extra")

from cbcnn_inputs.errors import ModelFileError
from cbcnn_trainer.keras2 import model_file
from cbcnn_trainer.keras2.backend import tf

pytestmark = pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")

FORMS: dict[str, Callable[[Any], Any]] = {
    "sums": lambda x: x + tf.add(x, 1.0) + (2.0 + x),
    "differences": lambda x: 1.0 - x - 2.0,
    "products": lambda x: 0.5 * x * tf.multiply(x, x),
    "quotients": lambda x: x / 3.0,
    "several sums": lambda x: tf.math.add_n([x, x, x]),
    "joined channels": lambda x: tf.concat([x, x], -1),
    "joined rows": lambda x: tf.concat([x, x], axis=1),
    "a split in halves": lambda x: tf.concat(tf.split(x, 2, axis=-1)[::-1], -1),
    "a split in parts": lambda x: tf.split(x, [1, 3], 3)[1],
    "slices": lambda x: x[..., 1:] * x[:, :, :, :-1],
    "every second": lambda x: x[:, ::2, 1],
    "relu": lambda x: tf.nn.relu(x - 1.0) + tf.nn.relu6(x),
    "means": lambda x: tf.reduce_mean(x, [1, 2]) + tf.reduce_max(x, axis=(1, 2)),
    "kept axes": lambda x: x * tf.sigmoid(tf.reduce_mean(x, axis=[1, 2], keepdims=True)),
    "limits": lambda x: tf.clip_by_value(x, -1.0, 2.0) + tf.maximum(x, 1.0) + tf.minimum(x, 0.5),
    "shapes": lambda x: tf.reshape(x, [-1, 4, 2, 8]),
}


def save(form: Callable[[Any], Any], folder: Path) -> Path:
    image = tf.keras.Input((4, 4, 4))
    path = folder / "model.h5"
    tf.keras.Model(image, form(tf.keras.layers.ReLU()(image))).save(path)
    return path


@pytest.mark.parametrize("name", FORMS)
def test_a_form_computes_what_was_typed(name: str, tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(2, 4, 4, 4)).astype(np.float32)
    model = model_file.load(save(FORMS[name], tmp_path))
    wanted = FORMS[name](tf.nn.relu(tf.constant(x)))
    np.testing.assert_array_equal(model(x, training=False), wanted)


def edit(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the layer of the file that calls a function."""
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        change(config["config"]["layers"][-1])
        file.attrs["model_config"] = json.dumps(config)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda layer: layer["config"].update(function="io.write_file"), "io.write_file"),
        (lambda layer: layer["config"].update(function="math.erf"), "needs code"),
        (lambda layer: layer["inbound_nodes"][0][3].update(y="__import__('os')"), "y="),
        (lambda layer: layer["inbound_nodes"][0][3].update(y=float("nan")), "finite"),
        (lambda layer: layer["inbound_nodes"][0][3].update(other=1), "other"),
        (lambda layer: layer["inbound_nodes"][0][3].update(y=["nobody", 0, 0]), "nobody"),
        (lambda layer: layer["inbound_nodes"].append(layer["inbound_nodes"][0]), "called once"),
        (lambda layer: layer.update(inbound_nodes=[]), "called once"),
        (lambda layer: layer.update(inbound_nodes=[[]]), "numbers of its call"),
    ],
)
def test_what_is_not_on_the_list_is_refused(
    change: Callable[[dict[str, Any]], None], found: str, tmp_path: Path
) -> None:
    path = save(lambda x: x + 1.0, tmp_path)
    edit(path, change)
    with pytest.raises(ModelFileError, match=found):
        model_file.load(path)
