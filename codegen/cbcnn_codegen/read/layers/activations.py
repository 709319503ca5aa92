"""Converts functions of one value: signs, ReLU, and those that are left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, Literal

import numpy as np

from cbcnn_codegen.ir import Operation
from cbcnn_codegen.ops.affine import Affine
from cbcnn_codegen.ops.clip import Clip
from cbcnn_codegen.ops.dorefa import Dorefa
from cbcnn_codegen.ops.elu import Elu
from cbcnn_codegen.ops.exponential import Exponential
from cbcnn_codegen.ops.gelu import Gelu
from cbcnn_codegen.ops.heaviside import Heaviside
from cbcnn_codegen.ops.leaky_relu import LeakyRelu
from cbcnn_codegen.ops.multiply import Multiply
from cbcnn_codegen.ops.prelu import Prelu
from cbcnn_codegen.ops.relu import Relu
from cbcnn_codegen.ops.sigmoid import Sigmoid
from cbcnn_codegen.ops.sign import Sign
from cbcnn_codegen.ops.signed_dorefa import SignedDorefa
from cbcnn_codegen.ops.softmax import Softmax
from cbcnn_codegen.ops.softplus import Softplus
from cbcnn_codegen.ops.softsign import Softsign
from cbcnn_codegen.ops.tanh import Tanh
from cbcnn_codegen.ops.ternary import Ternary
from cbcnn_codegen.read.chain import Chain
from cbcnn_codegen.read.layer_config import LayerConfig
from cbcnn_codegen.read.left_out import LeftOut
from cbcnn_codegen.read.quantizers import (
    SIGN_NAMES,
    Function,
    Named,
    activation,
    custom_cure,
    quantizer,
    signed_bits,
)
from cbcnn_inputs.answers import names_that_keep
from cbcnn_inputs.model_files.limits import quote

_ALLOWED: Final = (
    f"linear, relu, leaky_relu, binary_tanh, {SIGN_NAMES}; "
    f"in front of a sign {names_that_keep('sign')}; at the end {names_that_keep('order')}"
)

_SLOPES: Final = {"leaky_relu": 0.2, "LeakyReLU": 0.3, "ReLU": 0.0}
"""Functions that bend at zero, with their default slope below it."""


def convert_activation(layer: LayerConfig, chain: Chain) -> None:
    """An Activation layer."""
    if "activation" not in layer.options:
        raise layer.damaged("activation", None, "the name of a function")
    apply(layer, layer.name, activation(layer.get("activation")), chain)


def convert_quantizer(layer: LayerConfig, chain: Chain) -> None:
    """A quantizer of Larq as a layer of its own, equal to an Activation with it."""
    apply(layer, layer.name, quantizer({"class_name": layer.kind, "config": layer.options}), chain)


def apply_option(layer: LayerConfig, chain: Chain) -> None:
    """The `activation` option of a layer that computes something else first."""
    named = activation(layer.get("activation"))
    chain.source = layer.name
    if named.function is not Function.IDENTITY:
        apply(layer, chain.part_of(layer, "activation"), named, chain)


def apply(layer: LayerConfig, op_name: str, named: Named, chain: Chain) -> None:
    """Emit an activation function under the name `op_name`."""
    if named.name in _SLOPES:
        options = {"name": layer.name, **named.options}
        _leak(replace(layer, kind=named.name, options=options), op_name, chain)
    elif (op := _plain_op(named, op_name)) is not None:
        chain.emit(op, "reals")
    else:
        _apply_other(layer, op_name, named, chain)


def _plain_op(named: Named, op_name: str) -> Operation | None:
    """A function that is one operation wherever it stands; None for others."""
    match named.function:
        case Function.RELU6:
            return Clip(op_name, 0.0, 6.0)
        case Function.HEAVISIDE:
            return Heaviside(op_name)
        case Function.DOREFA if named.options.get("mode", "activations") == "activations":
            return Dorefa(op_name, 2 ** int(named.options.get("k_bit", 2)) - 1)
        case Function.SIGNED_DOREFA if (bits := signed_bits(named, "activations")) is not None:
            return SignedDorefa(op_name, 2 ** (bits - 1))
        case Function.TERNARY if not named.options.get("ternary_weight_networks"):
            return Ternary(op_name, float(np.float32(named.options.get("threshold_value", 0.05))))
    return None


def _apply_other(layer: LayerConfig, op_name: str, named: Named, chain: Chain) -> None:
    match named.function:
        case Function.IDENTITY:
            pass
        case Function.SIGN:
            binarize(op_name, 1, chain)
        case Function.SIGN_ZERO_NEGATIVE:
            binarize(op_name, -1, chain)
        case Function.RELU:
            if _has_options(named.options):
                _refuse(layer, f"activation={quote(dict(named.options))}", chain)
            chain.emit(Relu(op_name), "reals")
        case Function.LEFT_OUT:
            chain.left_out.append(LeftOut(named.name, layer, _left_out_ops(named, op_name, chain)))
        case Function.GELU if not named.options.get("approximate"):
            chain.emit(Gelu(op_name), "reals")
        case Function.MISH:
            chain.emit(Softplus(chain.part_of(layer, "softplus")), "reals")
            read = chain.nodes[-1].inputs[0]
            chain.emit(Tanh(chain.part_of(layer, "tanh")), "reals")
            chain.join_with(Multiply(op_name), read)
        case Function.SWISH:
            chain.emit_product_with(Sigmoid(chain.part_of(layer, "sigmoid")), Multiply(op_name))
        case _:
            cure = custom_cure(named, "remove it, or relu in front of a batch normalization")
            chain.refuse(layer.refused(f"activation={named.name}", _ALLOWED, cure))
            chain.kind = None


def _left_out_ops(named: Named, op_name: str, chain: Chain) -> tuple[Operation, ...]:
    """What computes a function where it cannot be left out, if there are such operations."""
    alpha = named.options.get("alpha", 1.0)
    if named.name == "hard_sigmoid":
        channels = 1 if chain.shape is None else chain.shape.channels
        fifth, half = (np.full(channels, of, np.float32) for of in (0.2, 0.5))
        return Affine(f"{op_name}/line", fifth, half), Clip(op_name, 0.0, 1.0)
    if named.name == "log_sigmoid":
        channels = 1 if chain.shape is None else chain.shape.channels
        less = np.full(channels, -1, np.float32)
        bend = Softplus(f"{op_name}/softplus")
        return Affine(f"{op_name}/negative", less), bend, Affine(op_name, less)
    made: dict[str, Callable[[], Operation]] = {
        "elu": lambda: Elu(op_name, 1.0, float(np.float32(alpha))),
        "exponential": lambda: Exponential(op_name),
        "hard_tanh": lambda: Clip(op_name, -1.0, 1.0),
        "selu": lambda: Elu(op_name, _SELU[0], float(np.float32(_SELU[0] * _SELU[1]))),
        "sigmoid": lambda: Sigmoid(op_name),
        "softmax": lambda: Softmax(op_name),
        "softplus": lambda: Softplus(op_name),
        "softsign": lambda: Softsign(op_name),
        "tanh": lambda: Tanh(op_name),
    }
    return (made[named.name](),) if named.name in made else ()


_SELU: Final = 1.05070098, 1.67326324
"""Its slope, and the alpha of the exponential function."""


def binarize(op_name: str, zero: Literal[-1, 1], chain: Chain) -> None:
    """Emit a sign, unless the value consists of signs already, which are their own signs."""
    chain.meet_sign()
    if chain.kind != "signs":
        chain.emit(Sign(op_name, zero), "signs")


def _has_options(options: Mapping[str, Any]) -> bool:
    return any(options.get(key) for key in ("max_value", "negative_slope", "threshold", "alpha"))


def _refuse(layer: LayerConfig, found: str, chain: Chain) -> None:
    cure = "remove it, or relu in front of a batch normalization"
    chain.refuse(layer.refused(found, _ALLOWED, cure))
    chain.kind = None


def convert_leaky_relu(layer: LayerConfig, chain: Chain) -> None:
    """A LeakyReLU layer, or a ReLU, whose slope below zero is usually 0."""
    _leak(layer, layer.name, chain)


def _leak(layer: LayerConfig, op_name: str, chain: Chain) -> None:
    """A function that `_SLOPES` names, as a layer or as an object with the options of one."""
    key = "alpha" if "alpha" in layer.options else "negative_slope"
    given = layer.get(key, _SLOPES[layer.kind])
    if given in (None, [0.0]):  # as old versions of Keras write no slope
        given = 0.0
    slope = float(np.float32(replace(layer, options={key: given}).number(key)))
    most = layer.get("max_value")
    limit = layer.get("threshold", layer.get("theta")) or 0
    if _is_positive(limit) and slope == 0 and (most is None or _is_positive(most)):
        _cut(layer, op_name, float(np.float32(limit)), most, chain)
        return
    if slope > 0 and _is_positive(most) and not limit:
        chain.emit(LeakyRelu(f"{op_name}/line", slope), "reals")
        chain.emit(Clip(op_name, -_LARGEST, float(np.float32(most))), "reals")
        return
    if slope == 0 and not layer.get("threshold") and isinstance(most, int | float) and most > 0:
        chain.emit(Clip(op_name, 0.0, float(np.float32(most))), "reals")
        return
    odd = {"max_value": most, "threshold": layer.get("threshold") or None}
    odd[key] = given if slope < 0 else None
    found = ", ".join(f"{name}={quote(of)}" for name, of in odd.items() if of is not None)
    if found:
        allowed = f"max(x, 0), or {key} of 0 or more, so that a sign behind it changes once"
        chain.refuse(layer.refused(found, allowed, "ReLU() without arguments"))
    if found or slope == 0:
        chain.emit(Relu(op_name), "reals")
    else:
        chain.left_out.append(LeftOut("leaky_relu", layer, (LeakyRelu(op_name, slope),)))


_LARGEST: Final = float(np.finfo(np.float32).max)


def _is_positive(value: Any) -> bool:
    return type(value) in (int, float) and 0 < value < np.inf


def _cut(layer: LayerConfig, op_name: str, limit: float, most: float | None, chain: Chain) -> None:
    """Emit `x` above a limit, and 0 elsewhere: a product with a step."""
    channels = 1 if chain.shape is None else chain.shape.channels
    chain.emit(
        Affine(chain.part_of(layer, "above"), None, np.full(channels, -limit, np.float32)), "reals"
    )
    read = chain.nodes[-1].inputs[0]
    step, product = (
        chain.part_of(layer, "step"),
        op_name if most is None else chain.part_of(layer, "cut"),
    )
    chain.emit(Heaviside(step), "reals")
    chain.join_with(Multiply(product), read)
    if most is not None:
        chain.emit(Clip(op_name, 0.0, float(np.float32(most))), "reals")


def convert_thresholded_relu(layer: LayerConfig, chain: Chain) -> None:
    """A ThresholdedReLU, which is 1 by default."""
    options = {"theta": layer.get("theta", 1.0)}
    _leak(replace(layer, kind="ReLU", options=options), layer.name, chain)


def convert_elu(layer: LayerConfig, chain: Chain) -> None:
    """An ELU layer."""
    options = {"alpha": layer.number("alpha", 1.0)}
    apply(layer, layer.name, Named(Function.LEFT_OUT, "elu", options), chain)


def convert_prelu(layer: LayerConfig, chain: Chain) -> None:
    """A PReLU, whatever its slopes are shared by."""
    if chain.dimensions is None:
        return
    shared = layer.get("shared_axes") or []
    axes = enumerate(chain.dimensions, 1)
    shape = tuple(1 if axis in shared else size for axis, size in axes)
    slopes = chain.weights.read(layer, "alpha", 0, shape)
    if slopes.size in (1, chain.dimensions[-1]):
        every = np.broadcast_to(slopes.ravel(), chain.dimensions[-1:])
        chain.emit(Prelu(layer.name, np.ascontiguousarray(every)), "reals")
        return
    every = np.ascontiguousarray(np.broadcast_to(slopes, chain.dimensions)).ravel()
    chain.emit_on_vector(Prelu(layer.name, every), layer)


def convert_softmax(layer: LayerConfig, chain: Chain) -> None:
    """A Softmax layer at the end."""
    rank = None if chain.dimensions is None else len(chain.dimensions)
    if layer.get("axis", -1) not in (-1, [-1], rank, [rank]):
        chain.refuse(layer.refused(f"axis={quote(layer.get('axis'))}", "axis=-1"))
    chain.left_out.append(LeftOut("softmax", layer, (Softmax(layer.name),)))


LAYERS: Final = {
    "Activation": convert_activation,
    "ApproxSign": convert_quantizer,
    "DoReFa": convert_quantizer,
    "DoReFaQuantizer": convert_quantizer,
    "STCustomDoReFa": convert_quantizer,
    "ELU": convert_elu,
    "LeakyReLU": convert_leaky_relu,
    "NoOp": convert_quantizer,
    "PReLU": convert_prelu,
    "ReLU": convert_leaky_relu,
    "Softmax": convert_softmax,
    "SteHeaviside": convert_quantizer,
    "SteSign": convert_quantizer,
    "SteTern": convert_quantizer,
    "SwishSign": convert_quantizer,
    "ThresholdedReLU": convert_thresholded_relu,
}
