"""Builds binarized networks: any number of Binary Blocks 1, then of Binary Blocks 2.

Binary Block 1 is convolution, max pooling, batch norm, sign; Binary Block 2 is a fully connected
layer, batch norm, sign. The sign after the last block is left out: its batch norm gives the scores.

The input holds integers as float32, so TensorFlow computes every sum exactly while it stays below
2**24: the first layer sees 8-bit values, all others -1 and +1 (0 where a convolution pads).

With a sign of zero of +1 the layers are Larq's, and the sign is the `input_quantizer` of the next
block. With -1 they are those of `layers`, and the sign is an `Activation` of its own. A network of
real values has the same blocks with Keras's layers and a ReLU in place of the sign. It serves for
comparison and as a teacher, and cannot become C. Neither can a network in which only the kernels
are real: it is the first stage of a training in two.

Residual layers may follow each Binary Block 1, and layers of real values may stand in its place and
at the end; `shortcuts` makes those.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import partial
from typing import Any

from cbcnn_trainer.buildable import Shape, check
from cbcnn_trainer.keras2.backend import larq, tf
from cbcnn_trainer.keras2.layers import BinaryConv2D, BinaryDense, binary_tanh
from cbcnn_trainer.presets import Architecture
from cbcnn_trainer.settings import Convolution, Precision
from cbcnn_trainer.shortcuts import (
    Layers,
    connect,
    real_downsampling,
    real_ending,
    residual,
)

BATCH_NORM_EPSILON = 1e-6


def binary_block_1(
    architecture: Architecture, index: int, convolution: Convolution = "tensorflow"
) -> Layers:
    """Layers of convolution block `index`; its input is binarized unless it is the first.

    The order is convolution, pooling, batch norm, or with `first_order` "norm-first" in the first
    block convolution, batch norm, pooling. The sign belongs to the block that follows.
    """
    layers, options = _input_sign(architecture, first=index == 0)
    if convolution == "fused":
        return _fused_block(architecture, index, options)
    if index == 0 and architecture.first_stride > 1:
        options["strides"] = architecture.first_stride
    layers.append(_convolution(architecture, index, f"conv_{index + 1}", **options))
    ending = [_batch_norm(architecture, f"conv_{index + 1}_norm")]
    if architecture.pool_size > 1:
        pool = tf.keras.layers.MaxPool2D(architecture.pool_size, name=f"conv_{index + 1}_pool")
        ending.insert(1 if _is_norm_first(architecture, index) else 0, pool)
    return layers + ending


def binary_block_2(
    architecture: Architecture, units: int, index: int, *, first: bool, last: bool
) -> Layers:
    """Layers of dense block `index`.

    `first` says that real values and not signs come in, `last` that scores go out: they are
    float32 whatever the precision of the other layers.
    """
    layers, options = _input_sign(architecture, first=first)
    build = _products(architecture)[1]
    layers.append(build(units, use_bias=False, name=f"dense_{index + 1}", **options))
    options = {"dtype": "float32"} if last else {}
    return [*layers, _batch_norm(architecture, f"dense_{index + 1}_norm", **options)]


def build_model(
    architecture: Architecture,
    input_shape: Shape,
    classes: int,
    precision: Precision = "float32",
    convolution: Convolution = "tensorflow",
) -> Any:
    """An untrained Keras model, not compiled; its output is one float score per class.

    With a precision of bfloat16 the variables stay float32; only products and the values between
    layers are rounded to 8 significant bits. Signs, 8-bit images and sums up to 256
    have no more than that, so hardly anything changes on the way forward; gradients lose digits
    that they do not need. Such a model is for training; the weights go into one of float32. The
    same holds for fused convolutions, which compute in float32 what TensorFlow's do.

    Args:
        architecture: blocks and their sizes.
        input_shape: height, width, channels.
        classes: number of outputs.
        precision: of the arithmetic. bfloat16 is fast where the processor multiplies it (Intel AMX)
            and slow elsewhere.
        convolution: whose; "fused" computes a whole Binary Block 1 of Larq's kind in one layer.

    Raises:
        DataError: the network cannot be built or its sums would not be exact.
    """
    check(architecture, input_shape, classes)
    layers: Layers = [tf.keras.layers.InputLayer(input_shape, name="image")]
    with _policy("float32" if precision == "float32" else "mixed_bfloat16"):
        for index in range(len(architecture.filters)):
            layers += _stage(architecture, index, convolution)
        layers += _ending(architecture, classes)
        return connect(layers, "cbcnn")


def _stage(architecture: Architecture, index: int, convolution: Convolution) -> Layers:
    """What makes map `index`, and the residual layers behind it."""
    norm = partial(_batch_norm, architecture)
    if architecture.downsampling == "real":
        layers = real_downsampling(architecture, index, norm)
    else:
        layers = binary_block_1(architecture, index, convolution)
    for number in range(architecture.residuals[index] if architecture.residuals else 0):
        name = f"conv_{index + 1}_residual_{number + 1}"
        made = _residual_layers(architecture, index, name)
        layers += [residual(made, f"{name}_add")] if architecture.shortcuts else made
    return layers


def _residual_layers(architecture: Architecture, index: int, name: str) -> Layers:
    """What is added to a map behind stage `index`: sign, convolution, batch norm."""
    layers, options = _input_sign(architecture, first=False)
    layers.append(_convolution(architecture, index, name, **options))
    if architecture.residual_relu:
        layers.append(tf.keras.layers.ReLU(name=f"{name}_relu"))
    return [*layers, _batch_norm(architecture, f"{name}_norm")]


def _ending(architecture: Architecture, classes: int) -> Layers:
    """What makes scores of the last map."""
    if architecture.ending == "average":
        return real_ending(classes)
    layers: Layers = [tf.keras.layers.Flatten(name="flatten")]
    for index, units in enumerate((*architecture.units, classes)):
        first = index == 0 and not architecture.filters
        last = index == len(architecture.units)
        layers += binary_block_2(architecture, units, index, first=first, last=last)
    return layers


def count_trainable(model: Any) -> int:
    """Number of trainable parameters, the paper's measure of size."""
    return sum(int(weight.shape.num_elements()) for weight in model.trainable_weights)


def _fused_block(architecture: Architecture, index: int, options: dict[str, Any]) -> Layers:
    """Layers that compute the same as those of convolution block `index`, for training."""
    from cbcnn_trainer.keras2.fused.layers import FusedConvolution, FusedNormFirst

    name = f"conv_{index + 1}"
    sizes = (architecture.filters[index], architecture.kernel_size, architecture.pool_size)
    if architecture.pool_size > 1 and _is_norm_first(architecture, index):
        norm = {"momentum": architecture.norm_momentum, "epsilon": BATCH_NORM_EPSILON}
        return [FusedNormFirst(*sizes, name=name, **norm, **options)]
    norm = _batch_norm(architecture, f"{name}_norm")
    return [FusedConvolution(*sizes, name=name, **options), norm]


def _is_norm_first(architecture: Architecture, index: int) -> bool:
    return index == 0 and architecture.first_order == "norm-first"


def _products(architecture: Architecture) -> tuple[Any, Any]:
    """The kinds of layers that convolve and that connect fully."""
    if not architecture.binary:
        return tf.keras.layers.Conv2D, tf.keras.layers.Dense
    if architecture.sign_of_zero == 1:
        return larq.layers.QuantConv2D, larq.layers.QuantDense
    return BinaryConv2D, BinaryDense


def _convolution(architecture: Architecture, index: int, name: str, **options: Any) -> Any:
    """A convolution that makes a map with the channels of stage `index`."""
    return _products(architecture)[0](
        architecture.filters[index],
        architecture.kernel_size,
        padding="same",
        use_bias=False,
        name=name,
        **options,
    )


def _input_sign(architecture: Architecture, *, first: bool) -> tuple[Layers, dict[str, Any]]:
    """Layers in front of a product, and the product's options, that binarize input and weights."""
    if not architecture.binary:
        return [] if first else [tf.keras.layers.ReLU()], {}
    if architecture.sign_of_zero == -1:
        activation = [] if first else [tf.keras.layers.Activation(binary_tanh)]
        return activation, {"H": architecture.kernel_scale}
    return [], {
        "input_quantizer": None if first else _quantizer(architecture),
        "kernel_quantizer": "ste_sign" if architecture.binary_kernels else None,
        "kernel_constraint": "weight_clip",
    }


def _quantizer(architecture: Architecture) -> Any:
    """Larq's quantizer of activations; by its short name where it is as Larq has it."""
    if architecture.gradient_window != 1:
        return larq.quantizers.SteSign(clip_value=architecture.gradient_window)
    return architecture.activation_gradient.replace("-", "_")


def _batch_norm(architecture: Architecture, name: str, **options: str) -> Any:
    return tf.keras.layers.BatchNormalization(
        momentum=architecture.norm_momentum, epsilon=BATCH_NORM_EPSILON, name=name, **options
    )


@contextlib.contextmanager
def _policy(name: str) -> Iterator[None]:
    """Layers made inside compute as Keras's policy `name` says."""
    before = tf.keras.mixed_precision.global_policy()
    tf.keras.mixed_precision.set_global_policy(name)
    try:
        yield
    finally:
        tf.keras.mixed_precision.set_global_policy(before)
