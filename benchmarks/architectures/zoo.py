"""Networks of Larq Zoo, scaled down: the order of layers is the zoo's, widths and sizes are not."""

from __future__ import annotations

from typing import Any

from benchmarks.architectures.blocks import (
    Tensor,
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
from cbcnn_trainer.keras2.backend import larq, tf


def binary_alexnet() -> Any:
    """Binary weights from the image to the scores; overlapping pools."""
    pixels, x = image(32, 32, 3)
    x = norm(pool(binary_first(x, 32, 5), 3, 2))
    x = norm(pool(binary(x, 64, 5), 3, 2))
    x = norm(binary(x, 64))
    x = norm(binary(x, 64))
    x = norm(pool(binary(x, 64), 3, 2))
    x = keras.Flatten()(x)
    x = norm(binary_dense(x, 128))
    x = norm(binary_dense(x, 10))
    return network("binary_alexnet", pixels, keras.Activation("softmax")(x))


@tf.keras.utils.register_keras_serializable(package="networks")  # type: ignore[untyped-decorator]
def xnor_weight_scale(x: Tensor) -> Tensor:
    """XNOR-Net's weights: signs times the mean of each filter's absolute values."""
    scale = tf.stop_gradient(tf.reduce_mean(tf.abs(x), axis=[0, 1, 2]))
    return larq.math.sign(x) * scale


def xnornet() -> Any:
    """A real first layer, a batch norm in front of every sign, a custom quantizer of weights."""
    pixels, x = image(32, 32, 3)
    x = pool(relu(norm(real(x, 16, 5, strides=2))))
    for filters in (32, 48):
        x = pool(binary(norm(x), filters, kernel_quantizer=xnor_weight_scale))
    x = binary(norm(x), 64, 2, padding="valid", kernel_quantizer=xnor_weight_scale)
    x = keras.Flatten()(relu(norm(x)))
    return network("xnornet", pixels, head(x, 10))


def dorefanet() -> Any:
    """Activations of two bits, binary weights scaled by their magnitude, real ends."""
    pixels, x = image(32, 32, 3)
    two_bits = larq.quantizers.DoReFa(k_bit=2, mode="activations")
    options = {"input_quantizer": two_bits, "kernel_quantizer": "magnitude_aware_sign"}
    x = norm(pool(real(x, 16, 5, strides=2)))
    for filters in (24, 32):
        x = norm(pool(binary(x, filters, **options)))
    x = keras.Flatten()(relu(x))
    return network("dorefanet", pixels, head(x, 10))


def birealnet(*, stem_relu: bool = False, name: str = "birealnet") -> Any:
    """A shortcut around every binary convolution; average pooling and 1x1 where maps shrink."""
    pixels, x = image(32, 32, 3)
    x = norm(real(x, 16, strides=2))
    x = relu(x) if stem_relu else x
    for filters in (16, 32, 64):
        for layer in range(2):
            shrinks = layer == 0 and filters > 16
            shortcut = x
            if shrinks:
                shortcut = norm(real(keras.AveragePooling2D(2)(x), filters, 1))
            x = norm(binary(x, filters, strides=2 if shrinks else 1))
            x = keras.Add()([x, shortcut])
    return network(name, pixels, head(mean(x), 10))


def resnet_e() -> Any:
    """BinaryResNetE: Bi-Real Net with a ReLU behind the first layer."""
    return birealnet(stem_relu=True, name="resnet_e")


def densenet(dilation: int = 1, name: str = "densenet") -> Any:
    """Every binary convolution adds channels to those before it."""
    pixels, x = image(32, 32, 3)
    x = pool(relu(norm(real(x, 16, strides=2))), 3, 2, "same")
    for block in range(2):
        for _ in range(3):
            grown = binary(norm(x), 16, dilation_rate=dilation if block else 1)
            x = keras.Concatenate()([x, grown])
        if not block:
            x = real(relu(pool(norm(x))), 32, 1)
    return network(name, pixels, head(mean(relu(norm(x))), 10))


def densenet_dilated() -> Any:
    """The same with dilated convolutions in its second block."""
    return densenet(2, "densenet_dilated")


def meliusnet() -> Any:
    """A dense block adds channels, an improvement block adds to the newest of them."""
    pixels, x = image(32, 32, 3)
    x = pool(relu(norm(real(x, 16, strides=2))))
    for block in range(2):
        for _ in range(2):
            x = keras.Concatenate()([x, binary(norm(x), 16)])
            better = binary(norm(x), 16)
            x = tf.concat([x[..., :-16], x[..., -16:] + better], axis=-1)
        if not block:
            x = norm(real(relu(pool(norm(x))), 32, 1))
    return network("meliusnet", pixels, head(mean(relu(norm(x))), 10))


def real_to_binary() -> Any:
    """Gates computed from the map scale each binary convolution; PReLU and shortcuts around it."""
    pixels, x = image(32, 32, 3)
    x = norm(real(x, 16, strides=2))
    for filters in (16, 32):
        shrinks = filters > 16
        shortcut = norm(real(keras.AveragePooling2D(2)(x), filters, 1)) if shrinks else x
        gate = keras.Dense(filters // 4, activation="relu")(mean(x))
        gate = keras.Dense(filters, activation="sigmoid")(gate)
        gate = keras.Reshape((1, 1, filters))(gate)
        x = binary(norm(x), filters, strides=2 if shrinks else 1)
        x = keras.PReLU(shared_axes=[1, 2])(keras.Multiply()([x, gate]))
        x = keras.Add()([norm(x), shortcut])
    return network("real_to_binary", pixels, head(mean(x), 10))


def strong_baseline() -> Any:
    """Real to Binary's baseline: shortcuts and PReLU, no gates."""
    pixels, x = image(32, 32, 3)
    x = norm(real(x, 16, strides=2))
    for filters in (16, 16, 32, 32):
        shortcut, shrinks = x, x.shape[-1] != filters
        if shrinks:
            shortcut = norm(real(keras.AveragePooling2D(2)(x), filters, 1))
        x = norm(binary(x, filters, strides=2 if shrinks else 1))
        x = keras.Add()([keras.PReLU(shared_axes=[1, 2])(x), shortcut])
    return network("strong_baseline", pixels, head(mean(x), 10))


def quicknet(side: int = 32, filters: tuple[int, ...] = (16, 32, 64), depth: int = 1) -> Any:
    """Real stem of narrow, depthwise and 1x1 layers; binary blocks; blurred 1x1 transitions."""
    pixels, x = image(side, side, 3)
    x = relu(norm(real(x, filters[0] // 4, strides=2)))
    x = keras.DepthwiseConv2D(3, strides=2, padding="same", use_bias=False)(x)
    x = norm(real(norm(x, scale=False, center=False), filters[0], 1))
    for stage, channels in enumerate(filters):
        if stage:
            x = pool(relu(x), 2, 1)
            x = keras.DepthwiseConv2D(3, strides=2, padding="same", use_bias=False)(x)
            x = norm(real(x, channels, 1))
        for _ in range(depth):
            block = binary(x, channels, activation="relu", pad_values=1.0)
            x = keras.Add()([norm(block), x])
    return network("quicknet", pixels, head(mean(relu(x)), 10))


def quicknet_large() -> Any:
    """The same for images of 64x64, two blocks in each of four stages."""
    return quicknet(64, (16, 32, 64, 128), 2)
