"""`--against keras`: the C of a model beside the live Keras 3 model.

`make test` runs this file on TensorFlow, `make backends` on JAX and PyTorch.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cbcnn_codegen.errors import MissingToolError, ModelFileError
from cbcnn_codegen.verify.live import LiveModel
from cbcnn_codegen.verify.session import open_session
from cbcnn_inputs.installation import install_command
from cbcnn_inputs.model_files import open_model_file
from support.generated import generate_code
from support.live import Sides, compare_sides, draw_input
from support.tools import require_module, require_tool

require_module("keras", "train")

import keras  # noqa: E402

import cbcnn_layers as larq  # noqa: E402
from cbcnn_trainer.keras3 import framework  # noqa: E402
from cbcnn_trainer.keras3.rebuild import rebuild  # noqa: E402

pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy"),
    pytest.mark.filterwarnings("ignore:os.fork"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:The structure of `inputs` doesn't match"),
]

SHAPE = (9, 8, 1)
OF_LARQ = Path(__file__).parents[1] / "read" / "data" / "tf2.12"
BINARY: dict[str, Any] = {"kernel_quantizer": "ste_sign", "kernel_constraint": "weight_clip"}
QUANTIZED: dict[str, Any] = {"input_quantizer": "ste_sign", **BINARY}
K = keras.layers


def norm(name: str) -> Any:
    """A batch norm as after a training: every array has values of its own, some below zero."""
    return K.BatchNormalization(
        name=name,
        moving_mean_initializer=keras.initializers.RandomUniform(-9, 9, seed=1),
        moving_variance_initializer=keras.initializers.RandomUniform(1, 90, seed=2),
        gamma_initializer=keras.initializers.RandomUniform(-1, 1, seed=3),
    )


def of_signs() -> Any:
    """Signs and integers alone, one model inside of another, a layer that is called twice."""
    inner = keras.Sequential(
        [
            keras.Input((4, 4, 8)),
            larq.QuantConv2D(8, 3, padding="same", pad_values=1.0, name="deep", **QUANTIZED),
            norm("inner_norm"),
        ],
        name="inner",
    )
    again = larq.SteSign(name="again")
    inputs = keras.Input(SHAPE)
    x = larq.QuantConv2D(8, 3, padding="same", use_bias=False, name="first", **BINARY)(inputs)
    x = norm("norm")(K.MaxPooling2D(2)(x))
    x = K.Concatenate(name="joined")([again(x), again(inner(x))])
    x = larq.QuantConv2D(8, 1, name="last_conv", **QUANTIZED)(x)
    x = K.Flatten()(norm("last_norm")(x))
    return keras.Model(inputs, larq.QuantDense(5, use_bias=False, name="dense", **QUANTIZED)(x))


def of_floats() -> Any:
    """A stem of real numbers, a shortcut, and an activation as an option of a layer."""
    inputs = keras.Input(SHAPE)
    x = K.Rescaling(1 / 255, name="scaled")(inputs)
    x = K.Conv2D(8, 3, padding="same", activation="relu", name="stem")(x)
    y = larq.QuantConv2D(8, 3, padding="same", pad_values=1.0, name="block", **QUANTIZED)(x)
    x = K.Add(name="shortcut")([norm("block_norm")(y), x])
    x = K.GlobalAveragePooling2D(name="pooled")(x)
    return keras.Model(inputs, K.Dense(4, name="real_dense")(x))


def compare(model: Any, folder: Path, suffix: str, **options: Any) -> Sides:
    require_tool("gcc", "gcc")
    path = folder / f"model{suffix}"
    model.save(path, **({} if suffix == ".keras" else {"include_optimizer": False}))
    return compare_sides(path, draw_input(SHAPE), folder, framework="keras", **options)


@pytest.fixture(autouse=True)
def _seed() -> None:
    keras.utils.set_random_seed(5)


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_the_c_equals_the_live_model_of_signs(suffix: str, tmp_path: Path) -> None:
    sides = compare(of_signs(), tmp_path, suffix)
    sides.demand_equality()
    assert sides.unobserved == ()
    assert sides.live.layers.keys() == sides.numpy.layers.keys()


def test_the_c_equals_the_live_model_of_floats_but_for_rounding(tmp_path: Path) -> None:
    sides = compare(of_floats(), tmp_path, ".keras")
    sides.demand_equality()
    assert sides.lowered.level == 2
    assert sides.live.logits.count > 0
    assert sides.live.logits.agree


def test_against_keras_opens_the_live_model(tmp_path: Path) -> None:
    path, data = tmp_path / "model.keras", tmp_path / "images.npz"
    of_signs().save(path)
    project = generate_code(path, tmp_path / "code")
    np.savez(data, images=draw_input(SHAPE))
    session = open_session(path, project.folder, data, 2, "keras")
    assert session.against == "keras"
    assert isinstance(session.other, LiveModel)
    assert session.other.framework == "keras"
    assert session.other.expect(session.samples.planes, traced=True).layers.keys() >= {"dense"}


def test_a_live_model_of_other_signs_is_told_from_the_c(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changed(file: Any) -> Any:
        model = rebuild(file)
        kernel = model.get_layer("last_conv").kernel
        kernel.assign(-keras.ops.convert_to_numpy(kernel))
        return model

    monkeypatch.setattr(framework, "load", changed)
    sides = compare(of_signs(), tmp_path, ".h5")
    assert sides.numpy.first is None
    assert sides.live.first is not None
    assert "last_conv" in sides.live.first.layer


@pytest.mark.parametrize("name", ["sequential.h5", "functional.h5", "nested.h5", "quantized.h5"])
def test_a_file_of_larq_is_rebuilt(name: str) -> None:
    stored = np.load(OF_LARQ / "expected.npz")
    model = rebuild(open_model_file(OF_LARQ / name))
    found = framework.to_numpy(model(stored["images"].astype(np.float32), training=False))
    np.testing.assert_allclose(found, stored[Path(name).stem], rtol=1e-5, atol=1e-5)


def test_an_archive_of_keras_2_is_refused() -> None:
    with pytest.raises(ModelFileError, match="archive of Keras 2"):
        rebuild(open_model_file(OF_LARQ / "sequential.keras"))


def test_arrays_of_another_shape_are_refused(tmp_path: Path) -> None:
    import h5py

    path = tmp_path / "model.h5"
    of_signs().save(path, include_optimizer=False)
    with h5py.File(path, "r+") as file:
        group = file["model_weights"]["dense"]
        (name,) = [str(name) for name in group.attrs["weight_names"]]
        del group[name]
        group[name] = np.ones((3, 5), np.float32)
    with pytest.raises(ModelFileError, match="other arrays than its options ask for"):
        rebuild(open_model_file(path))


Break = Callable[[pytest.MonkeyPatch], None]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda patch: patch.setenv("KERAS_BACKEND", "numpy"), "KERAS_BACKEND=numpy"),
        (lambda patch: patch.setitem(__import__("sys").modules, "keras", None), "keras"),
    ],
    ids=["backend", "keras"],
)
def test_what_is_missing_is_told(
    change: Break, found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cbcnn_trainer.keras3 import backend

    with monkeypatch.context() as patch:
        change(patch)
        with pytest.raises(MissingToolError) as caught:
            backend.import_keras()
    assert found in str(caught.value.found)
    wanted = install_command("train-keras") if found == "keras" else "export KERAS_BACKEND="
    assert wanted in str(caught.value.suggestion)
