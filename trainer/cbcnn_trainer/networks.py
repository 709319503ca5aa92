"""Builds binarized networks: any number of Binary Blocks 1, then of Binary Blocks 2.

Binary Block 1 is convolution, max pooling, batch norm, sign; Binary Block 2 is a fully connected
layer, batch norm, sign. The sign after the last block is left out: its batch norm gives the scores.

The input holds integers as float32, so every sum is exact while it stays below 2**24: the first
layer sees 8-bit values, all others -1 and +1 (0 where a convolution pads).

With a sign of zero of +1 the layers are Larq's, or `cbcnn_layers` in Keras 3, and the sign is the
`input_quantizer` of the next block. With -1 they are those of `keras2.layers`, and the sign is an
`Activation` of its own. A network of real values has the same blocks with Keras's layers and a ReLU
in place of the sign. It serves for comparison and as a teacher, and cannot become C. Neither can a
network in which only the kernels are real: it is the first stage of a training in two.

Residual layers may follow each Binary Block 1, and layers of real values may stand in its place and
at the end; `shortcuts` makes those.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from functools import partial
from typing import Any

from cbcnn_trainer.buildable import Shape, check
from cbcnn_trainer.kit import Kit, OtherSigns
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
    kit: Kit, architecture: Architecture, index: int, convolution: Convolution = "tensorflow"
) -> Layers:
    """Layers of convolution block `index`; its input is binarized unless it is the first.

    The order is convolution, pooling, batch norm, or with `first_order` "norm-first" in the first
    block convolution, batch norm, pooling. The sign belongs to the block that follows.
    """
    layers, options = _input_sign(kit, architecture, first=index == 0)
    if convolution == "fused":
        return _fused_block(kit, architecture, index, options)
    if index == 0 and architecture.first_stride > 1:
        options["strides"] = architecture.first_stride
    layers.append(_convolution(kit, architecture, index, f"conv_{index + 1}", **options))
    ending = [_batch_norm(kit, architecture, f"conv_{index + 1}_norm")]
    if architecture.pool_size > 1:
        pool = kit.keras.layers.MaxPool2D(architecture.pool_size, name=f"conv_{index + 1}_pool")
        ending.insert(1 if _is_norm_first(architecture, index) else 0, pool)
    return layers + ending


def binary_block_2(
    kit: Kit, architecture: Architecture, units: int, index: int, *, first: bool, last: bool
) -> Layers:
    """Layers of dense block `index`.

    `first` says that real values and not signs come in, `last` that scores go out: they are
    float32 whatever the precision of the other layers.
    """
    layers, options = _input_sign(kit, architecture, first=first)
    build = _products(kit, architecture)[1]
    layers.append(build(units, use_bias=False, name=f"dense_{index + 1}", **options))
    options = {"dtype": "float32"} if last else {}
    return [*layers, _batch_norm(kit, architecture, f"dense_{index + 1}_norm", **options)]


def build_model(
    kit: Kit,
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
        kit: whose layers.
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
    layers: Layers = [kit.keras.layers.InputLayer(input_shape, name="image")]
    with _policy(kit.keras, "float32" if precision == "float32" else "mixed_bfloat16"):
        for index in range(len(architecture.filters)):
            layers += _stage(kit, architecture, index, convolution)
        layers += _ending(kit, architecture, classes)
        return connect(kit.keras, layers, "cbcnn")


def _stage(kit: Kit, architecture: Architecture, index: int, convolution: Convolution) -> Layers:
    """What makes map `index`, and the residual layers behind it."""
    norm = partial(_batch_norm, kit, architecture)
    if architecture.downsampling == "real":
        layers = real_downsampling(kit.keras, architecture, index, norm)
    else:
        layers = binary_block_1(kit, architecture, index, convolution)
    for number in range(architecture.residuals[index] if architecture.residuals else 0):
        name = f"conv_{index + 1}_residual_{number + 1}"
        made = _residual_layers(kit, architecture, index, name)
        layers += [residual(kit.keras, made, f"{name}_add")] if architecture.shortcuts else made
    return layers


def _residual_layers(kit: Kit, architecture: Architecture, index: int, name: str) -> Layers:
    """What is added to a map behind stage `index`: sign, convolution, batch norm."""
    layers, options = _input_sign(kit, architecture, first=False)
    layers.append(_convolution(kit, architecture, index, name, **options))
    if architecture.residual_relu:
        layers.append(kit.keras.layers.ReLU(name=f"{name}_relu"))
    return [*layers, _batch_norm(kit, architecture, f"{name}_norm")]


def _ending(kit: Kit, architecture: Architecture, classes: int) -> Layers:
    """What makes scores of the last map."""
    if architecture.ending == "average":
        return real_ending(kit.keras, classes)
    layers: Layers = [kit.keras.layers.Flatten(name="flatten")]
    for index, units in enumerate((*architecture.units, classes)):
        first = index == 0 and not architecture.filters
        last = index == len(architecture.units)
        layers += binary_block_2(kit, architecture, units, index, first=first, last=last)
    return layers


def count_trainable(model: Any) -> int:
    """Number of trainable parameters, the paper's measure of size."""
    return sum(math.prod(weight.shape) for weight in model.trainable_weights)


def _fused_block(
    kit: Kit, architecture: Architecture, index: int, options: dict[str, Any]
) -> Layers:
    """Layers that compute the same as those of convolution block `index`, for training."""
    assert kit.fused is not None, "settings refuse it elsewhere"
    fused = kit.fused()

    name = f"conv_{index + 1}"
    sizes = (architecture.filters[index], architecture.kernel_size, architecture.pool_size)
    if architecture.pool_size > 1 and _is_norm_first(architecture, index):
        norm = {"momentum": architecture.norm_momentum, "epsilon": BATCH_NORM_EPSILON}
        return [fused.FusedNormFirst(*sizes, name=name, **norm, **options)]
    norm = _batch_norm(kit, architecture, f"{name}_norm")
    return [fused.FusedConvolution(*sizes, name=name, **options), norm]


def _is_norm_first(architecture: Architecture, index: int) -> bool:
    return index == 0 and architecture.first_order == "norm-first"


def _products(kit: Kit, architecture: Architecture) -> tuple[Any, Any]:
    """The kinds of layers that convolve and that connect fully."""
    if not architecture.binary:
        return kit.keras.layers.Conv2D, kit.keras.layers.Dense
    if architecture.sign_of_zero == 1:
        return kit.quantized.layers.QuantConv2D, kit.quantized.layers.QuantDense
    others = _other_signs(kit)
    return others.conv, others.dense


def _other_signs(kit: Kit) -> OtherSigns:
    assert kit.other_signs is not None, "settings refuse it elsewhere"
    return kit.other_signs


def _convolution(
    kit: Kit, architecture: Architecture, index: int, name: str, **options: Any
) -> Any:
    """A convolution that makes a map with the channels of stage `index`."""
    return _products(kit, architecture)[0](
        architecture.filters[index],
        architecture.kernel_size,
        padding="same",
        use_bias=False,
        name=name,
        **options,
    )


def _input_sign(
    kit: Kit, architecture: Architecture, *, first: bool
) -> tuple[Layers, dict[str, Any]]:
    """Layers in front of a product, and the product's options, that binarize input and weights."""
    if not architecture.binary:
        return [] if first else [kit.keras.layers.ReLU()], {}
    if architecture.sign_of_zero == -1:
        activation = [] if first else [kit.keras.layers.Activation(_other_signs(kit).activation)]
        return activation, {"H": architecture.kernel_scale}
    return [], {
        "input_quantizer": None if first else _quantizer(kit, architecture),
        "kernel_quantizer": "ste_sign" if architecture.binary_kernels else None,
        "kernel_constraint": "weight_clip",
    }


def _quantizer(kit: Kit, architecture: Architecture) -> Any:
    """Larq's quantizer of activations; by its short name where it is as Larq has it."""
    if architecture.gradient_window != 1:
        return kit.quantized.quantizers.SteSign(clip_value=architecture.gradient_window)
    return architecture.activation_gradient.replace("-", "_")


def _batch_norm(kit: Kit, architecture: Architecture, name: str, **options: str) -> Any:
    return kit.keras.layers.BatchNormalization(
        momentum=architecture.norm_momentum, epsilon=BATCH_NORM_EPSILON, name=name, **options
    )


@contextlib.contextmanager
def _policy(keras: Any, name: str) -> Iterator[None]:
    """Layers made inside compute as Keras's policy `name` says."""
    before = keras.mixed_precision.global_policy()
    keras.mixed_precision.set_global_policy(name)
    try:
        yield
    finally:
        keras.mixed_precision.set_global_policy(before)
