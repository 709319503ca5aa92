"""What the networks of this folder are made of: functions from a tensor to a tensor, and the image.

Importing this needs Larq; `catalogue` names the networks without it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cbcnn_trainer.keras2.backend import larq, tf

keras = tf.keras.layers
Tensor = Any

SIGNS = {"input_quantizer": "ste_sign", "kernel_quantizer": "ste_sign"}
BINARY = {**SIGNS, "kernel_constraint": "weight_clip", "use_bias": False}
FIRST = {**BINARY, "input_quantizer": None}


def image(*shape: int, scaled: bool = True) -> tuple[Tensor, Tensor]:
    """The input and its values: pixels 0 to 255, brought to -1 to 1 where `scaled`."""
    pixels = keras.Input(shape)
    return pixels, keras.Rescaling(1 / 127.5, -1)(pixels) if scaled else pixels


def network(name: str, pixels: Tensor, scores: Tensor) -> Any:
    """The Keras model."""
    return tf.keras.Model(pixels, scores, name=name)


def norm(x: Tensor, **options: Any) -> Tensor:
    """A batch norm."""
    return keras.BatchNormalization(momentum=0.9, epsilon=1e-5, **options)(x)


def relu(x: Tensor) -> Tensor:
    """max(x, 0)."""
    return keras.Activation("relu")(x)


def pool(x: Tensor, size: int = 2, strides: int | None = None, padding: str = "valid") -> Tensor:
    """The largest number of each window."""
    return keras.MaxPooling2D(size, strides, padding)(x)


def binary(x: Tensor, filters: int, size: int = 3, **options: Any) -> Tensor:
    """A convolution of signs with binary weights."""
    return larq.layers.QuantConv2D(filters, size, **{"padding": "same", **BINARY, **options})(x)


def binary_first(x: Tensor, filters: int, size: int = 3, **options: Any) -> Tensor:
    """A convolution of real values or pixels with binary weights."""
    return binary(x, filters, size, **{"input_quantizer": None, **options})


def binary_dense(x: Tensor, units: int, **options: Any) -> Tensor:
    """A dense layer of signs with binary weights."""
    return larq.layers.QuantDense(units, **{**BINARY, **options})(x)


def real(x: Tensor, filters: int, size: int = 3, **options: Any) -> Tensor:
    """A convolution of real values without bias."""
    return keras.Conv2D(filters, size, **{"padding": "same", "use_bias": False, **options})(x)


def mean(x: Tensor) -> Tensor:
    """The average of each channel."""
    return keras.GlobalAveragePooling2D()(x)


def head(x: Tensor, classes: int) -> Tensor:
    """A real dense layer and its softmax."""
    return keras.Activation("softmax")(keras.Dense(classes)(x))


def calibrate(model: Any, low: int, high: int) -> None:
    """Let the batch norms see some random images of these levels, as training would."""
    shape = (8, *model.input_shape[1:])
    images = np.random.default_rng(1).integers(low, high + 1, shape).astype(np.float32)
    for _ in range(20):
        model(images, training=True)
