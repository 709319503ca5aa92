"""Small networks that hold every layer of floats in several shapes, to price their kernels."""

from __future__ import annotations

from typing import Any, Final

from benchmarks.architectures.blocks import (
    SIGNS,
    Tensor,
    binary,
    binary_first,
    image,
    keras,
    mean,
    network,
    norm,
    pool,
    real,
    relu,
)
from cbcnn_trainer.keras2.backend import larq, tf


def shortcuts() -> Any:
    """Binary convolutions with norms, shortcuts of two widths, an average in front of the head."""
    pixels, x = image(12, 12, 2, scaled=False)
    x = relu(norm(real(x, 16)))
    for filters in (16, 24, 32):
        shortcut = x
        if x.shape[-1] != filters:
            shortcut = norm(real(keras.AveragePooling2D(2)(x), filters, 1))
        x = norm(binary(x, filters, strides=1 if shortcut is x else 2))
        x = keras.Add()([x, shortcut])
    return network("shortcuts", pixels, keras.Dense(12)(mean(x)))


def narrow() -> Any:
    """QuickNet's narrow stem, depthwise layers with and without strides, blur, large pools."""
    pixels, x = image(16, 14, 1, scaled=False)
    x = norm(relu(real(x, 6, strides=2)))
    x = keras.DepthwiseConv2D(3, padding="same", use_bias=False)(x)
    x = norm(real(norm(x), 16, 1))
    x = keras.Add()([x, norm(binary(x, 16, activation="relu"))])
    x = pool(relu(x), 3, 1, "same")
    x = keras.DepthwiseConv2D(3, strides=2, padding="same")(x)
    x = real(x, 32, 1, use_bias=True)
    x = keras.Add()([x, norm(binary(x, 32, activation="relu"))])
    return network("narrow", pixels, keras.Dense(10)(keras.Flatten()(relu(x))))


def growing() -> Any:
    """A dense block: joins of several widths, a norm in front of each sign."""
    pixels, x = image(10, 10, 3, scaled=False)
    x = real(x, 8, 5, strides=2)
    for _ in range(3):
        x = keras.Concatenate()([x, binary(norm(x), 8)])
    x = real(relu(norm(x)), 20, 1)
    x = pool(keras.Concatenate()([x, binary(norm(x), 12, dilation_rate=2)]))
    return network("growing", pixels, keras.Dense(7)(keras.Flatten()(norm(x))))


def wide() -> Any:
    """Convolutions of 3x3 with many channels, in groups, dilated, and with few filters."""
    pixels, x = image(9, 9, 4, scaled=False)
    x = relu(real(x, 24))
    x = real(x, 32, dilation_rate=2)
    x = keras.LeakyReLU(0.1)(real(x, 32, groups=4))
    x = real(keras.ReLU(6)(x), 5, 3, padding="valid")
    return network("wide", pixels, keras.Dense(9)(keras.Flatten()(x)))


def functions() -> Any:
    """Functions of single numbers by themselves, products of maps, quantizers of two bits."""
    pixels, x = image(12, 12, 2, scaled=False)
    x = keras.PReLU(shared_axes=[1, 2])(real(x, 16))
    gate = relu(norm(binary(x, 16)))
    x = keras.Multiply()([x, gate])
    two_bits = larq.quantizers.DoReFa(k_bit=2, mode="activations")
    x = norm(binary(x, 16, input_quantizer=two_bits))
    x = keras.Add()([keras.ReLU(6)(x), keras.LeakyReLU(0.2)(x)])
    x = keras.Add()([x, binary(x, 16, kernel_quantizer="ste_tern")])
    x = keras.Add()([x, norm(x)])
    return network("functions", pixels, keras.Dense(10)(keras.Flatten()(x)))


def signs_and_steps(x: Tensor, filters: int, quantizer: str) -> Tensor:
    """A layer of signs or of zeros and ones whose sums stay."""
    options = {**SIGNS, "input_quantizer": quantizer, "use_bias": True}
    return larq.layers.QuantConv2D(filters, 3, padding="same", **options)(x)


def steps() -> Any:
    """Heaviside in front of a product, biases, sums that are joined as they are."""
    pixels, x = image(11, 13, 1, scaled=False)
    x = norm(pool(real(x, 16, 5)))
    x = keras.Add()([signs_and_steps(x, 16, "ste_heaviside"), signs_and_steps(x, 16, "ste_sign")])
    sums = signs_and_steps(x, 16, "ste_sign")
    x = keras.Add()([norm(sums), relu(sums)])
    return network("steps", pixels, keras.Dense(33)(mean(x)))


def weights() -> Any:
    """Binary weights on the image and on real maps, sums of one filter and of many."""
    pixels, x = image(12, 12, 3, scaled=False)
    x = relu(norm(binary_first(x, 8)))
    x = pool(relu(norm(binary_first(x, 12))))
    for filters, size in ((1, 3), (20, 1), (40, 3), (33, 1), (16, 5), (1, 3)):
        x = norm(binary(x, filters, size))
    return network("weights", pixels, keras.Dense(10)(keras.Flatten()(x)))


def moves() -> Any:
    """Margins, repeated, turned and cut maps, products with numbers of a whole map."""
    pixels, x = image(9, 12, 3, scaled=False)
    x = keras.ZeroPadding2D()(real(x, 16, strides=2))
    x = keras.UpSampling2D()(x)
    x = keras.Cropping2D(((1, 0), (0, 1)))(keras.Permute((2, 1, 3))(x))
    x = keras.Conv2DTranspose(12, 3, strides=2, padding="same")(x)
    x = tf.concat([x[:, ::2], x[:, 1::2, :, ::-1]], -1)
    x = keras.UpSampling2D((1, 2))(keras.MaxPooling2D(3)(x))
    x = keras.Multiply()([x, keras.Reshape((1, 1, 24))(mean(x))])
    x = keras.ZeroPadding2D(2)(keras.Maximum()([x, keras.AveragePooling2D(3, 1, "same")(x)]))
    return network("moves", pixels, keras.Dense(10)(keras.Flatten()(x)))


def curves() -> Any:
    """Functions that are no straight lines, and numbers normalised by their own mean."""
    pixels, x = image(8, 8, 2, scaled=False)
    x = keras.LayerNormalization()(real(x, 12))
    for function in ("sigmoid", "tanh", "elu", "softmax", "swish", "elu"):
        x = keras.Activation(function)(norm(keras.LayerNormalization()(real(x, 10, 1))))
    for _ in range(2):
        x = keras.AveragePooling2D(2, 1, "same")(pool(x, 3, 1, "same"))
    for function in ("tanh", "sigmoid", "selu", "softmax"):
        x = keras.Maximum()([x, keras.Activation(function)(x)])
    x = larq.quantizers.SteTern()(larq.quantizers.DoReFa(k_bit=3)(keras.ELU()(x)))
    return network("curves", pixels, keras.Dense(10)(keras.Flatten()(x)))


NETWORKS: Final = (
    *(shortcuts, narrow, growing, wide, functions, steps),
    *(weights, moves, curves),
)
