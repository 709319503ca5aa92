"""Functions of TensorFlow on one value: arithmetic with constants."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np

from cbcnn_codegen.ir import Float32Array
from cbcnn_codegen.ops.affine import Affine
from cbcnn_codegen.ops.clip import Clip
from cbcnn_codegen.ops.prelu import Prelu
from cbcnn_codegen.ops.ternary import Ternary
from cbcnn_codegen.read.chain import Chain
from cbcnn_codegen.read.layer_config import LayerConfig
from cbcnn_codegen.read.operations import FIRST
from cbcnn_inputs.model_files.limits import quote


def _number(layer: LayerConfig, chain: Chain) -> Float32Array | None:
    """The constant of a call, one number for each channel; None, and a problem, for others."""
    given = layer.get(FIRST, layer.get("y"))
    channels = 1 if chain.shape is None else chain.shape.channels
    try:
        values = np.asarray(given, np.float32)
        if not np.isfinite(values).all():
            raise layer.damaged("constant", given, "finite numbers")
        if values.size > 1 and values.size != values.shape[-1]:
            raise ValueError
        spread = np.broadcast_to(values.ravel(), (channels,)).astype(np.float32)
    except (ValueError, TypeError, OverflowError):
        allowed = "a number, or one for each channel"
        chain.refuse(layer.refused(f"a constant {quote(given)}", allowed, allowed))
        chain.lose_track()
        return None
    return spread


def _calculate(
    layer: LayerConfig,
    chain: Chain,
    of: Callable[[Float32Array], tuple[Float32Array | None, Float32Array | None]],
) -> None:
    """`x * multiplier + bias`, of the call's constant."""
    constant = _number(layer, chain)
    if constant is None:
        return
    with np.errstate(divide="ignore", over="ignore"):
        multiplier, bias = of(constant)
    if multiplier is not None and not np.isfinite(multiplier).all():
        raise layer.damaged("constant", layer.get("y"), "numbers that can be divided by")
    if _is_scaling(chain, multiplier, bias):
        scale = 1.0 if multiplier is None else float(multiplier[0])
        chain.rescale(scale, 0.0 if bias is None else float(bias[0]), f"layer {quote(layer.name)}")
        return
    chain.emit(Affine(layer.name, multiplier, bias), "reals")


def _is_scaling(chain: Chain, *numbers: Float32Array | None) -> bool:
    """Does it say how the image is scaled, in front of everything else?"""
    uniform = all(of is None or bool((of == of[0]).all()) for of in numbers)
    positive = numbers[0] is None or bool((numbers[0] > 0).all())
    return uniform and positive and not chain.nodes and not chain.forked


def convert_multiply(layer: LayerConfig, chain: Chain) -> None:
    """`x * c`."""
    _calculate(layer, chain, lambda c: (c, None))


def convert_add(layer: LayerConfig, chain: Chain) -> None:
    """`x + c`."""
    _calculate(layer, chain, lambda c: (None, c))


def convert_subtract(layer: LayerConfig, chain: Chain) -> None:
    """`x - c`, or `c - x`."""
    if FIRST in layer.options:
        _calculate(layer, chain, lambda c: (np.full_like(c, -1), c))
    else:
        _calculate(layer, chain, lambda c: (None, -c))


def convert_divide(layer: LayerConfig, chain: Chain) -> None:
    """`x / c`, as a product with `1 / c`."""
    if FIRST in layer.options:
        chain.refuse(layer.refused("a number divided by values", "values divided by a number"))
        chain.lose_track()
        return
    constant = layer.get("y")
    if constant == 0:
        raise layer.damaged("y", constant, "a number other than 0")
    if isinstance(constant, int | float) and not isinstance(constant, bool):
        layer = replace(layer, options={"y": 1 / constant})
        _calculate(layer, chain, lambda c: (c, None))
    else:
        _calculate(layer, chain, lambda c: (np.float32(1) / c, None))


def convert_negative(layer: LayerConfig, chain: Chain) -> None:
    """`-x`."""
    _calculate(replace(layer, options={"y": -1.0}), chain, lambda c: (c, None))


def convert_clip(layer: LayerConfig, chain: Chain) -> None:
    """`tf.clip_by_value`."""
    low, high = layer.number("clip_value_min"), layer.number("clip_value_max")
    if low > high:
        raise layer.damaged("clip_value_min", low, f"at most {high}")
    chain.emit(Clip(layer.name, float(np.float32(low)), float(np.float32(high))), "reals")


def convert_limit(layer: LayerConfig, chain: Chain, *, lowest: bool) -> None:
    """`tf.maximum` and `tf.minimum` of values and one number."""
    limit = replace(layer, options={"y": layer.get(FIRST, layer.get("y"))}).number("y")
    most = float(np.finfo(np.float32).max)
    ends = (float(np.float32(limit)), most) if lowest else (-most, float(np.float32(limit)))
    chain.emit(Clip(layer.name, *ends), "reals")


def convert_abs(layer: LayerConfig, chain: Chain) -> None:
    """`abs(x)`, a line that bends at zero."""
    channels = 1 if chain.shape is None else chain.shape.channels
    chain.emit(Prelu(layer.name, np.full(channels, -1, np.float32)), "reals")


def convert_sign(layer: LayerConfig, chain: Chain) -> None:
    """`tf.sign`, which is 0 for 0 and for denormal numbers."""
    chain.emit(Ternary(layer.name, float(np.finfo(np.float32).tiny)), "reals")


LAYERS: Final[dict[str, Callable[[LayerConfig, Chain], None]]] = {
    "tf.abs": convert_abs,
    "tf.add": convert_add,
    "tf.clip": convert_clip,
    "tf.divide": convert_divide,
    "tf.maximum": partial(convert_limit, lowest=True),
    "tf.minimum": partial(convert_limit, lowest=False),
    "tf.multiply": convert_multiply,
    "tf.negative": convert_negative,
    "tf.sign": convert_sign,
    "tf.subtract": convert_subtract,
}
