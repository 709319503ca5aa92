"""Networks of Larq's documentation, and patterns that are common in public code."""

from __future__ import annotations

from typing import Any

from benchmarks.architectures.blocks import (
    BINARY,
    FIRST,
    SIGNS,
    binary,
    binary_dense,
    binary_first,
    head,
    image,
    keras,
    mean,
    network,
    norm,
    pool,
    real,
    relu,
)
from cbcnn_trainer.keras2.backend import larq


def docs_mnist() -> Any:
    """Larq's first example: three convolutions, two dense layers."""
    pixels, x = image(28, 28, 1)
    x = norm(pool(larq.layers.QuantConv2D(32, 3, **FIRST)(x)), scale=False)
    x = norm(pool(larq.layers.QuantConv2D(64, 3, **BINARY)(x)), scale=False)
    x = norm(larq.layers.QuantConv2D(64, 3, **BINARY)(x), scale=False)
    x = norm(binary_dense(keras.Flatten()(x), 64), scale=False)
    x = norm(binary_dense(x, 10), scale=False)
    return network("docs_mnist", pixels, keras.Activation("softmax")(x))


def docs_binarynet() -> Any:
    """BinaryNet on CIFAR-10: six convolutions in pairs, three dense layers."""
    pixels, x = image(32, 32, 3)
    x = norm(binary_first(x, 32), scale=False)
    x = norm(pool(binary(x, 32)), scale=False)
    x = norm(binary(x, 64), scale=False)
    x = norm(pool(binary(x, 64)), scale=False)
    x = norm(binary(x, 128), scale=False)
    x = norm(pool(binary(x, 128)), scale=False)
    x = keras.Flatten()(x)
    for units in (128, 128, 10):
        x = norm(binary_dense(x, units), scale=False)
    return network("docs_binarynet", pixels, keras.Activation("softmax")(x))


def docs_mlp() -> Any:
    """Dense layers alone."""
    pixels, x = image(28, 28, 1)
    x = keras.Flatten()(x)
    x = norm(binary_dense(x, 128, input_quantizer=None))
    x = norm(binary_dense(x, 10))
    return network("docs_mlp", pixels, keras.Activation("softmax")(x))


def docs_shortcut() -> Any:
    """A shortcut around a binary convolution behind a real one, as the guide draws it."""
    pixels, x = image(16, 16, 3)
    x = norm(relu(real(x, 16)))
    x = keras.Add()([x, norm(binary(x, 16))])
    x = keras.Add()([x, norm(binary(x, 16))])
    return network("docs_shortcut", pixels, head(mean(x), 10))


def docs_ternary() -> Any:
    """Depthwise and separable layers with ternary numbers, from the page on profiling."""
    pixels, x = image(32, 32, 1)
    x = norm(pool(larq.layers.QuantConv2D(16, 3, padding="same", **FIRST)(x)))
    x = larq.layers.QuantSeparableConv2D(
        32,
        3,
        padding="same",
        input_quantizer="ste_tern",
        depthwise_quantizer="ste_tern",
        pointwise_quantizer="ste_sign",
        use_bias=False,
    )(x)
    return network("docs_ternary", pixels, head(mean(norm(x)), 10))


def separable() -> Any:
    """Keyword spotting's separable layers, binary: depthwise and 1x1 with signs between."""
    pixels, x = image(40, 20, 1)
    x = norm(binary_first(x, 32, strides=2))
    for _ in range(3):
        depthwise = larq.layers.QuantDepthwiseConv2D(
            3,
            padding="same",
            input_quantizer="ste_sign",
            depthwise_quantizer="ste_sign",
            use_bias=False,
        )
        x = norm(binary(norm(depthwise(x)), 32, 1))
    return network("separable", pixels, head(mean(x), 12))


def real_head() -> Any:
    """LeNet: binary convolutions, real dense layers behind them."""
    pixels, x = image(28, 28, 1)
    x = norm(pool(binary_first(x, 16, 5)))
    x = norm(pool(binary(x, 32, 5)))
    x = keras.Dense(32, activation="relu")(keras.Flatten()(relu(x)))
    return network("real_head", pixels, head(x, 10))


def binary_weights() -> Any:
    """BinaryConnect: real activations with ReLU, binary weights."""
    pixels, x = image(32, 32, 3)
    for filters in (8, 16, 16):
        x = pool(relu(norm(binary_first(x, filters))))
    return network("binary_weights", pixels, head(mean(x), 10))


def dorefa() -> Any:
    """Activations of two bits and weights of two, between real ends."""
    pixels, x = image(32, 32, 3)
    options = {
        "input_quantizer": larq.quantizers.DoReFa(k_bit=2, mode="activations"),
        "kernel_quantizer": larq.quantizers.DoReFa(k_bit=2, mode="weights"),
        "kernel_constraint": None,
    }
    x = pool(norm(real(x, 8, strides=2)))
    x = pool(norm(binary(x, 16, **options)))
    x = pool(norm(binary(x, 16, **options)))
    return network("dorefa", pixels, head(mean(x), 10))


def one_axis() -> Any:
    """Layers along one axis for sensors: binary Conv1D behind a real one."""
    pixels, x = image(128, 4, scaled=False)
    x = keras.BatchNormalization()(keras.Conv1D(16, 5, strides=2, padding="same")(x))
    for filters in (32, 32):
        conv = larq.layers.QuantConv1D(filters, 3, padding="same", **SIGNS)
        x = keras.BatchNormalization()(keras.MaxPooling1D(2)(conv(x)))
    return network("one_axis", pixels, head(keras.GlobalAveragePooling1D()(x), 6))


def inception() -> Any:
    """Branches of several sizes that are joined, all of signs."""
    pixels, x = image(32, 32, 3)
    x = norm(pool(binary_first(x, 32)))
    for filters in (16, 32):
        branches = [norm(binary(x, filters, size)) for size in (1, 3)]
        x = pool(keras.Concatenate()(branches))
    x = norm(binary_dense(keras.Flatten()(x), 10))
    return network("inception", pixels, keras.Activation("softmax")(x))


def autoencoder() -> Any:
    """A map comes out: upsampling behind binary layers, a sigmoid at the end."""
    pixels, x = image(32, 32, 1)
    x = norm(pool(binary_first(x, 16)))
    x = norm(pool(binary(x, 32)))
    x = norm(keras.UpSampling2D()(binary(x, 16)))
    x = norm(keras.UpSampling2D()(binary(x, 16)))
    return network("autoencoder", pixels, keras.Activation("sigmoid")(binary(x, 1)))
