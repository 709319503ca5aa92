"""Live models rebuilt from files: they compute what the Keras that saved them computed."""

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
from cbcnn_inputs.model_files import open_model_file
from cbcnn_trainer.keras2 import framework as keras2
from cbcnn_trainer.keras2 import model_file
from cbcnn_trainer.keras2.backend import larq, tf
from cbcnn_trainer.keras2.loading import rebuild
from cbcnn_trainer.walk import images_at_once

DATA = Path(__file__).parents[1] / "read" / "data"
FILES = sorted(DATA.glob("*/*.h5")) + sorted(DATA.glob("*/*.keras"))
K, L = tf.keras.layers, larq.layers
RANDOM = np.random.default_rng(3)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_file_of_any_keras_computes_what_it_computed(path: Path) -> None:
    expected = np.load(path.parent / "expected.npz")
    images = expected["images"].astype(np.float32)
    found = model_file.load(path)(images, training=False)
    np.testing.assert_allclose(found, expected[path.stem], rtol=1e-5, atol=1e-6)


MAP = (9, 8, 3)
LAYERS: dict[str, Callable[[], list[Any]]] = {
    "activations": lambda: [K.Activation(name) for name in ("elu", "selu", "softplus", "tanh")],
    "more activations": lambda: [K.Activation(n) for n in ("gelu", "swish", "hard_sigmoid")],
    "Larq's activations": lambda: [
        K.Activation(larq.activations.leaky_tanh),
        K.Dense(4, activation="hard_tanh"),
    ],
    "layers that are activations": lambda: [
        K.Conv2D(4, 3, activation=K.ReLU(6.0)),
        K.Activation(K.LeakyReLU(0.1)),
        *(K.ELU(0.5), K.ReLU(negative_slope=0.5), K.LeakyReLU(), K.Softmax(axis=1)),
    ],
    "PReLU": lambda: [K.PReLU("ones"), K.PReLU("he_normal", shared_axes=[1, 2])],
    "poolings": lambda: [
        *(K.AveragePooling2D(2, padding="same"), K.MaxPool2D(2, 1), K.GlobalAveragePooling2D()),
    ],
    "shapes": lambda: [
        *(K.ZeroPadding2D(((1, 0), (2, 1))), K.Cropping2D(1), K.UpSampling2D((2, 3))),
        *(K.Permute((3, 1, 2)), K.Reshape((3, -1)), K.Flatten()),
    ],
    "vectors": lambda: [
        *(K.Reshape((72, 3)), K.ZeroPadding1D(2), K.Conv1D(4, 3, padding="causal")),
        *(L.QuantConv1D(4, 3, kernel_quantizer="ste_sign"), K.MaxPool1D(2), K.UpSampling1D(2)),
        *(L.QuantSeparableConv1D(3, 3, depthwise_quantizer="ste_sign"), K.SeparableConv1D(2, 3)),
        *(K.AveragePooling1D(2), K.Cropping1D((1, 2)), K.GlobalMaxPooling1D()),
    ],
    "noise": lambda: [
        *(K.Dropout(0.5), K.SpatialDropout2D(0.5), K.GaussianNoise(1), K.GaussianDropout(0.5)),
        *(K.AlphaDropout(0.1), K.ActivityRegularization(l2=0.1)),
    ],
    "norms": lambda: [
        K.BatchNormalization(momentum=0.5, gamma_regularizer="l2", beta_initializer="uniform"),
        K.BatchNormalization(axis=1, scale=False, epsilon=0.1, beta_constraint="non_neg"),
    ],
    "convolutions": lambda: [
        K.Conv2D(6, (3, 2), (1, 2), "same", kernel_regularizer=tf.keras.regularizers.L1L2(1, 2)),
        K.Conv2D(4, 2, dilation_rate=2, groups=2, activation="relu", bias_initializer="ones"),
        K.DepthwiseConv2D(2, depth_multiplier=2, kernel_constraint="max_norm", use_bias=False),
        K.SeparableConv2D(5, 1, pointwise_initializer=tf.keras.initializers.Constant(0.5)),
    ],
    "quantized layers": lambda: [
        L.QuantConv2D(8, 3, kernel_quantizer="magnitude_aware_sign", padding="same", pad_values=1),
        L.QuantDepthwiseConv2D(
            3, input_quantizer="ste_tern", depthwise_quantizer=larq.quantizers.DoReFa(2, "weights")
        ),
        L.QuantSeparableConv2D(
            4,
            2,
            input_quantizer=larq.quantizers.SwishSign(3.0),
            depthwise_quantizer="approx_sign",
            pointwise_quantizer=larq.quantizers.SteTern(ternary_weight_networks=True),
            pointwise_constraint=larq.constraints.WeightClip(1.3),
        ),
        K.Flatten(),
        L.QuantDense(6, input_quantizer=larq.quantizers.DoReFa(3), kernel_quantizer="ste_sign"),
    ],
    "quantizers as layers": lambda: [
        *(larq.quantizers.SteSign(1.2), larq.quantizers.SteHeaviside(), larq.quantizers.NoOp(4)),
        K.Activation(larq.quantizers.ApproxSign()),
    ],
    "frozen": lambda: [
        K.Conv2D(4, 3, trainable=False, name="a"),
        K.BatchNormalization(trainable=False, name="b"),
    ],
    "models in models": lambda: [
        tf.keras.Sequential(
            [K.Conv2D(4, 3, trainable=False), tf.keras.Sequential([K.BatchNormalization()])]
        ),
        tf.keras.Sequential([K.Conv2D(4, 3), K.BatchNormalization()], name="second"),
    ],
}


def randomise(model: Any) -> Any:
    """Values that tell all arrays apart; variances are positive."""
    for variable in model.weights:
        low = 0.1 if "variance" in variable.name else -1
        variable.assign(RANDOM.uniform(low, 1, variable.shape))
    return model


def assert_survives(model: Any, folder: Path, end: str, *shapes: tuple[int, ...]) -> None:
    path = folder / f"model.{end}"
    randomise(model).save(path)
    images = [RANDOM.normal(size=(4, *shape)).astype(np.float32) for shape in shapes]
    given = images if len(images) > 1 else images[0]
    expected, found = model(given), model_file.load(path)(given)
    for one, other in zip(tf.nest.flatten(expected), tf.nest.flatten(found), strict=True):
        np.testing.assert_array_equal(one, other)


def sequential(what: str) -> Any:
    return tf.keras.Sequential([tf.keras.Input(MAP), *LAYERS[what]()])


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
@pytest.mark.parametrize("end", ["h5", "keras"])
@pytest.mark.parametrize("what", LAYERS)
def test_layers_as_people_write_them_survive_a_file(what: str, end: str, tmp_path: Path) -> None:
    assert_survives(sequential(what), tmp_path, end, MAP)


def branches() -> Any:
    start = tf.keras.Input(MAP, name="image")
    shared = K.Conv2D(3, 3, padding="same", name="shared")
    left, right = shared(start), shared(K.ReLU()(shared(start)))
    parts = [K.Add()([left, right]), K.Concatenate()([start, right]), K.Average()([left, start])]
    parts += [K.Multiply()([left, right]), K.Subtract()([left, right]), K.Maximum()([left, start])]
    parts += [K.Minimum()([left, start, right])]
    return tf.keras.Model(start, [K.GlobalMaxPool2D()(part) for part in parts])


def two_inputs() -> Any:
    first, second = tf.keras.Input(MAP), tf.keras.Input((5,))
    joined = K.Concatenate()([K.Flatten()(first), K.Dense(3, trainable=False)(second)])
    return tf.keras.Model([first, second], [K.Dense(2)(joined), second])


def nested_twice() -> Any:
    inner_start = tf.keras.Input(MAP)
    middle = K.Conv2D(3, 3, padding="same")(inner_start)
    inner = tf.keras.Model(inner_start, [middle, K.BatchNormalization()(middle)], name="inner")
    stack = tf.keras.Sequential([tf.keras.Input(MAP), K.Conv2D(3, 1)], name="stack")
    start = tf.keras.Input(MAP)
    once, normed = inner(start)
    again = inner(stack(stack(normed)))[1]
    return tf.keras.Model(start, K.Add()([once, again]))


def nested_first() -> Any:
    inner = tf.keras.Sequential([K.Conv2D(4, 3, input_shape=MAP), K.BatchNormalization()])
    return tf.keras.Sequential([inner, K.Flatten(), K.Dense(3)])


def built_late() -> Any:
    model = tf.keras.Sequential([K.Conv2D(4, 3), K.GlobalMaxPool2D()])
    model.build((None, *MAP))
    return model


GRAPHS: dict[Callable[[], Any], list[tuple[int, ...]]] = {
    branches: [MAP],
    two_inputs: [MAP, (5,)],
    nested_twice: [MAP],
    nested_first: [MAP],
    built_late: [MAP],
}


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
@pytest.mark.parametrize("end", ["h5", "keras"])
@pytest.mark.parametrize("make", GRAPHS, ids=lambda make: make.__name__)
def test_models_with_branches_survive_a_file(
    make: Callable[[], Any], end: str, tmp_path: Path
) -> None:
    assert_survives(make(), tmp_path, end, *GRAPHS[make])


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
@pytest.mark.parametrize("end", ["h5", "keras"])
@pytest.mark.parametrize(
    "shape", [{"input_shape": MAP}, {"batch_input_shape": (None, *MAP)}, {"input_dim": 5}]
)
def test_a_quantizer_in_front_may_say_what_the_model_reads(
    shape: dict[str, Any], end: str, tmp_path: Path
) -> None:
    """Larq's quantizers store whatever they were given, other layers the complete shape alone."""
    for quantizer in (larq.quantizers.ApproxSign, larq.quantizers.SteSign):
        model = tf.keras.Sequential([quantizer(**shape), L.QuantDense(3)])
        assert_survives(model, tmp_path, end, model.input_shape[1:])


def old_config(config: dict[str, Any], *, listed: bool, shaped: bool) -> Any:
    """A Sequential model as older versions wrote it, without an InputLayer."""
    first, *rest = config["config"]["layers"]
    assert first["class_name"] == "InputLayer"
    shape = first["config"]["batch_input_shape"]
    if shaped:
        rest[0]["config"]["batch_input_shape"] = shape
    else:
        config["config"]["build_input_shape"] = shape
    config["config"]["layers"] = rest
    return {**config, "config": rest} if listed else config


@pytest.mark.parametrize(("listed", "shaped"), [(True, True), (False, True), (False, False)])
def test_files_of_older_versions_say_their_shape_elsewhere(
    listed: bool, shaped: bool, tmp_path: Path
) -> None:
    path = tmp_path / "model.h5"
    path.write_bytes((DATA / "tf2.12" / "sequential.h5").read_bytes())
    expected = np.load(DATA / "tf2.12" / "expected.npz")
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        file.attrs["model_config"] = json.dumps(old_config(config, listed=listed, shaped=shaped))
    found = model_file.load(path)(expected["images"].astype(np.float32), training=False)
    np.testing.assert_allclose(found, expected["sequential"], rtol=1e-5, atol=1e-6)


def test_a_model_of_no_shape_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.h5"
    path.write_bytes((DATA / "tf2.12" / "sequential.h5").read_bytes())
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        del config["config"]["layers"][0]
        file.attrs["model_config"] = json.dumps(config)
    with pytest.raises(ModelFileError, match="cannot be loaded"):
        model_file.load(path)


def test_layers_compute_in_the_type_that_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    tf.keras.Sequential([tf.keras.Input(MAP), K.Conv2D(2, 3), K.Flatten(), K.Dense(2)]).save(path)
    file = open_model_file(path)
    last = rebuild(file).layers[-1].name
    model = rebuild(file, lambda name: "float32" if name == last else "mixed_bfloat16")
    policies = [layer.dtype_policy.name for layer in model.layers]
    assert policies == ["mixed_bfloat16", "mixed_bfloat16", "float32"]


def test_a_layer_that_fails_leaves_larq_as_it_was() -> None:
    file = open_model_file(DATA / "tf2.12" / "sequential.h5")
    with pytest.raises(ModelFileError, match="cannot be loaded"):
        rebuild(file, lambda name: "mixed_bfloat16")  # Larq's quantizers compute in float32
    assert not larq.context.should_quantize()


def test_fewer_images_are_computed_at_once_where_maps_are_large() -> None:
    small = tf.keras.Sequential([tf.keras.Input(MAP), K.Conv2D(2, 3)])
    assert images_at_once(small, keras2, 500) == 500
    inner = tf.keras.Sequential([K.UpSampling2D(1024), K.GlobalMaxPool2D()])
    large = tf.keras.Sequential([tf.keras.Input((4, 4, 1)), inner])
    assert images_at_once(large, keras2, 500) == 8
