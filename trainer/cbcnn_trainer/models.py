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

from cbcnn_inputs.errors import DataError
from cbcnn_trainer.backend import larq, tf
from cbcnn_trainer.layers import BinaryConv2D, BinaryDense, binary_tanh
from cbcnn_trainer.presets import Architecture
from cbcnn_trainer.settings import Convolution, Precision
from cbcnn_trainer.shortcuts import (
    Layers,
    check_shortcuts,
    connect,
    real_downsampling,
    real_ending,
    residual,
)

BATCH_NORM_EPSILON = 1e-6
LARGEST_INPUT = 255
LARGEST_FUSED_WINDOW = 15  # a position in it is a byte

Shape = tuple[int, int, int]


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


def check(architecture: Architecture, input_shape: Shape, classes: int) -> None:
    """Raise a DataError unless the network can be built from these numbers."""
    check_shortcuts(architecture)
    sizes = (*architecture.filters, *architecture.units, architecture.kernel_size, classes)
    if min(*sizes, architecture.pool_size, *input_shape) < 1:
        raise DataError(
            "the network has an empty part",
            found=f"{architecture}, input {input_shape}, {classes} classes",
            allowed="sizes of 1 and more",
        )
    height, width, channels = input_shape
    for index in range(len(architecture.filters)):
        height, width = height // architecture.pool_size, width // architecture.pool_size
        if min(height, width) < 1:
            raise DataError(
                f"block {index + 1} pools the map away",
                found=f"{len(architecture.filters)} blocks with pooling by "
                f"{architecture.pool_size} on {input_shape[0]}x{input_shape[1]} pixels",
                allowed=f"at most {index} blocks",
                suggestion="fewer --filters or a smaller --pool-size",
            )
    if not architecture.binary and architecture.sign_of_zero == -1:
        raise DataError(
            "a network of real values takes no signs",
            found="a sign of zero of -1 without binarization",
            allowed="a sign of zero of +1",
            suggestion="leave --sign-of-zero out",
        )
    if not architecture.binary_kernels and not (
        architecture.binary and architecture.sign_of_zero == 1
    ):
        raise DataError(
            "real kernels alone need Larq's layers",
            found="no binary kernels with "
            + ("a sign of zero of -1" if architecture.binary else "no binarization at all"),
            allowed="a sign of zero of +1, and signs between blocks",
            suggestion="leave --no-binary-kernels out",
        )
    if architecture.sign_of_zero == 1 and architecture.kernel_scale != 1:
        raise DataError(
            "Larq's layers have no kernel scale",
            found=f"kernel scale {architecture.kernel_scale} with a sign of zero of +1",
            allowed="kernel scale 1",
            suggestion="--sign-of-zero -1",
        )
    if architecture.sign_of_zero == -1 and architecture.activation_gradient != "ste-sign":
        raise DataError(
            "the authors' layers have one gradient",
            found=f"{architecture.activation_gradient} with a sign of zero of -1",
            allowed="ste-sign",
            suggestion="--sign-of-zero +1",
        )
    fan_in = channels * (architecture.kernel_size**2 if architecture.filters else height * width)
    if fan_in * LARGEST_INPUT >= 1 << 24:
        raise DataError(
            "the first layer's sums would not be exact in float32",
            found=f"{fan_in} inputs to each of them",
            allowed=f"at most {((1 << 24) - 1) // LARGEST_INPUT}",
        )


def check_fused(architecture: Architecture) -> None:
    """Compile fused convolutions for this network, so that a run begins only if they work.

    Raises:
        DataError: they cannot train this network.
        MissingToolError: they cannot be compiled.
    """
    from cbcnn_trainer.fused import library

    if architecture.pool_size > LARGEST_FUSED_WINDOW:
        raise DataError(
            "fused convolutions have smaller windows",
            found=f"pooling by {architecture.pool_size}",
            allowed=f"at most {LARGEST_FUSED_WINDOW}",
            suggestion="--convolution tensorflow",
        )
    if not (architecture.binary and architecture.binary_kernels and architecture.sign_of_zero == 1):
        raise DataError(
            "fused convolutions are those of Larq's binary layers",
            found="real values, real kernels or a sign of zero of -1",
            allowed="binary layers with a sign of zero of +1",
            suggestion="--convolution tensorflow",
        )
    library.load(architecture.kernel_size, architecture.pool_size)


def _fused_block(architecture: Architecture, index: int, options: dict[str, Any]) -> Layers:
    """Layers that compute the same as those of convolution block `index`, for training."""
    from cbcnn_trainer.fused.layers import FusedConvolution, FusedNormFirst

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
        "input_quantizer": None if first else architecture.activation_gradient.replace("-", "_"),
        "kernel_quantizer": "ste_sign" if architecture.binary_kernels else None,
        "kernel_constraint": "weight_clip",
    }


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
