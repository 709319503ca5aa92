"""Layers along one axis, functions of TensorFlow, gates and custom things, beside live TensorFlow.

Keras and Larq save each network; the C equals the interpreter in every bit, and TensorFlow within
what orders of float32 explain.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("larq", reason="needs the [train] extra")

from cbcnn_codegen.verify.expect import expect_reference
from cbcnn_inputs.model_files import open_model_file
from cbcnn_inputs.model_files.custom import replace_custom
from cbcnn_trainer.keras2.backend import larq, tf
from cbcnn_trainer.keras2.loading import rebuild
from support.generated import CAREFUL, compare_code, generate_code, read_graphs, run_code
from support.tools import require_tool

RESCALE = (1 / 64, -2.0)
CLOSE = 1e-4
"""Largest difference to TensorFlow, relative to its largest number."""
BINARY = {"input_quantizer": "ste_sign", "kernel_quantizer": "ste_sign"}

layers, quant = tf.keras.layers, larq.layers


def along_one_axis() -> Any:
    """Branches of sequences: kernels, poolings, margins and repeats along one axis."""
    image = tf.keras.Input((24, 3))
    x = layers.Conv1D(6, 5, padding="causal", dilation_rate=2)(image)
    x = layers.BatchNormalization()(x)
    binary = quant.QuantConv1D(5, 4, padding="same", **BINARY)(x)
    pooled = layers.MaxPool1D(3, 1, padding="same")(image)
    x = layers.Concatenate(axis=2)([binary, layers.SeparableConv1D(4, 3, padding="same")(pooled)])
    x = layers.AveragePooling1D(2)(layers.PReLU()(x))
    x = layers.Cropping1D((1, 0))(layers.ZeroPadding1D((1, 2))(layers.UpSampling1D(2)(x)))
    x = quant.QuantSeparableConv1D(6, 3, depthwise_quantizer="ste_sign", pointwise_quantizer=None)(
        x
    )
    return tf.keras.Model(image, layers.Dense(4)(layers.GlobalAveragePooling1D()(x)))


def of_an_image() -> Any:
    """Pixels are steps and columns channels; the largest of three pixels is binarized."""
    return tf.keras.Sequential(
        [
            layers.MaxPool1D(3, 2, input_shape=(16, 8)),
            quant.QuantConv1D(33, 3, **BINARY),
            layers.BatchNormalization(),
            layers.GlobalMaxPool1D(),
            quant.QuantDense(4, **BINARY),
        ]
    )


def functions_of_tensorflow() -> Any:
    """What Keras stores as calls of functions, with numbers, slices, and values."""
    image = tf.keras.Input((8, 6, 4))
    x = tf.nn.depth_to_space(layers.Conv2D(16, 3, strides=2, padding="same")(image), 2)
    x = layers.BatchNormalization()(x)
    x = (1.0 - x * 0.5) / 2.0 + [0.1, 0.2, 0.3, 0.4]
    left, right = tf.split(x, [1, 3], axis=-1)
    x = tf.concat([tf.nn.relu(-left), tf.tanh(right), tf.sigmoid(x[..., 1:3])], -1)
    x = tf.concat(tf.split(x, 2, axis=2), 1)
    x = tf.pad(x, [[0, 0], [1, 0], [0, 2], [0, 0]]) - 0.25
    x = tf.nn.silu(tf.transpose(x[:, ::2], [0, 2, 1, 3]))
    x = tf.nn.avg_pool2d(tf.abs(x), 2, 2, "SAME")
    x = tf.maximum(tf.minimum(x, 2.0), -1.0)
    x = tf.clip_by_value(x, -1, 1) + tf.reduce_mean(x, [1, 2], keepdims=True)
    return tf.keras.Model(image, layers.Dense(5)(tf.reshape(x, [-1, 3 * 5 * 6])))


def gates_and_margins() -> Any:
    """Squeeze and excite, a gate of pixels, any pad value, ternary inputs, a shared layer."""
    image = tf.keras.Input((8, 6, 4))
    x = layers.BatchNormalization()(layers.Conv2D(4, 3, padding="same")(image))
    gate = layers.Dense(4, activation="sigmoid")(layers.GlobalAveragePooling2D()(x))
    x = layers.Multiply()([x, layers.Reshape((1, 1, 4))(gate)])
    x = layers.Subtract()([x, layers.Conv2D(1, 1, activation="hard_sigmoid")(x)])
    x = quant.QuantConv2D(5, 3, padding="same", pad_values=0.3, kernel_quantizer="ste_tern")(x)
    ternary = {"input_quantizer": "ste_tern", "depthwise_quantizer": "ste_sign"}
    x = quant.QuantDepthwiseConv2D(3, padding="same", pad_values=1.0, **ternary)(x)
    shared = layers.Conv2D(5, 1, activation="elu")
    x = layers.Average()([shared(x), shared(shared(x))])
    x = quant.QuantConv2D(6, 3, padding="same", pad_values=1.0, **BINARY)(layers.UpSampling2D()(x))
    x = layers.LayerNormalization()(layers.ThresholdedReLU(0.1)(x))
    x = layers.Maximum()([x, layers.Softmax()(x)])
    x = layers.Permute((3, 1, 2))(layers.PReLU(shared_axes=[1])(layers.Activation("selu")(x)))
    return tf.keras.Model(image, layers.Dense(5)(layers.Flatten()(x)))


def a_map() -> Any:
    """A decoder whose output is a map of numbers."""
    return tf.keras.Sequential(
        [
            quant.QuantConv2D(8, 3, padding="same", input_shape=(6, 4, 3)),
            layers.BatchNormalization(),
            layers.UpSampling2D((2, 1)),
            quant.QuantConv2DTranspose(5, 3, strides=(1, 2), padding="same", **BINARY),
            layers.Conv2DTranspose(4, 4, strides=(3, 2), activation="relu"),
            quant.QuantConv2D(2, 3, padding="same", activation="sigmoid", **BINARY),
        ]
    )


def bends_at_the_end() -> Any:
    """Four scores behind a function that keeps no order."""
    return tf.keras.Sequential(
        [
            layers.Flatten(input_shape=(4, 3)),
            quant.QuantDense(6, **BINARY),
            quant.QuantDense(4, activation=larq.activations.hard_tanh, **BINARY),
        ]
    )


NETWORKS: dict[str, Callable[[], Any]] = {
    build.__name__: build
    for build in (
        along_one_axis,
        of_an_image,
        functions_of_tensorflow,
        gates_and_margins,
        a_map,
        bends_at_the_end,
    )
}


def randomise(model: Any) -> None:
    """Weights and statistics that are not their defaults."""
    rng = np.random.default_rng(len(model.weights))
    model.set_weights(
        [
            values + np.abs(rng.normal(0, 0.3, values.shape)).astype(np.float32)
            if "variance" in weight.name
            else values + rng.normal(0, 0.3, values.shape).astype(np.float32)
            for weight, values in zip(model.weights, model.get_weights(), strict=True)
        ]
    )


def check(model: Any, folder: Path, custom: tuple[str, ...] = ()) -> None:
    """Save, generate, build and compare."""
    require_tool("gcc", "gcc")
    randomise(model)
    path = folder / "model.h5"
    model.save(path)
    _, graph = read_graphs(path, rescale=RESCALE, custom=custom)
    project = generate_code(path, folder / "code", name="net", rescale=RESCALE, custom=custom)
    rng = np.random.default_rng(1)
    images = rng.integers(0, 256, (4, *graph.input.shape)).astype(np.uint8)
    samples, outputs = run_code(project, images, graph, CAREFUL, folder / "build")
    expected = expect_reference(graph, samples.planes, traced=True)
    compared = compare_code(project, outputs, expected, samples)
    assert compared.mismatched_bits == 0, compared.first
    scaled = images.astype(np.float32) * np.float32(RESCALE[0]) + np.float32(RESCALE[1])
    wanted = model.predict(scaled.reshape(4, *model.input_shape[1:]), verbose=0).reshape(4, -1)
    assert expected.scores is not None
    live = rebuild(replace_custom(open_model_file(path), custom))
    found = live.predict(scaled.reshape(4, *model.input_shape[1:]), verbose=0).reshape(4, -1)
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)
    off = np.abs(expected.scores.reshape(4, -1) - wanted).max() / np.abs(wanted).max()
    assert off < CLOSE


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
@pytest.mark.parametrize("name", NETWORKS)
def test_the_c_computes_what_tensorflow_does(name: str, tmp_path: Path) -> None:
    tf.keras.utils.set_random_seed(1)
    check(NETWORKS[name](), tmp_path)


class Rescale(tf.keras.layers.Layer):  # type: ignore[misc]
    """A layer of somebody's own with an array for each axis."""

    def build(self, shape: Any) -> None:
        ones = {"initializer": "ones"}
        self.rows = self.add_weight(name="rows", shape=(shape[1], 1, 1), **ones)
        self.channels = self.add_weight(name="channels", shape=(1, 1, shape[3]), **ones)

    def call(self, x: Any) -> Any:
        return x * self.rows * self.channels


def xnor_weight_scale(w: Any) -> Any:
    """Larq Zoo's, which clips in front of that."""
    return scaled_by_filter(tf.clip_by_value(w, -1, 1))


def scaled_by_filter(w: Any) -> Any:
    """A quantizer of somebody's own: XNOR-Net's."""
    mean = tf.reduce_mean(tf.abs(w), axis=[0, 1, 2], keepdims=True)
    return mean * larq.math.sign(w)


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_custom_things_are_what_the_user_says(tmp_path: Path) -> None:
    image = tf.keras.Input((8, 6, 3))
    x = quant.QuantConv2D(6, 3, kernel_quantizer=scaled_by_filter)(image)
    x = Rescale()(layers.BatchNormalization()(x))
    x = layers.Lambda(lambda same: same)(x)
    x = quant.QuantConv2D(5, 3, kernel_quantizer=xnor_weight_scale, input_quantizer="ste_sign")(x)
    model = tf.keras.Model(image, layers.Dense(4)(layers.Flatten()(x)))
    said = (
        "xnor_weight_scale=sign",
        "scaled_by_filter=magnitude_aware_sign",
        "Rescale=scale",
        "Lambda=identity",
    )
    check(model, tmp_path, said)
