"""Names quantizers and activations, and binarizes weights.

A quantizer stands in a file as a name (`"ste_sign"`), as an object (`{"class_name": "SteSign",
"config": {...}}`) or as a function (`{"class_name": "function", "config": "CBCNN>binary_tanh"}`).
What only shapes gradients (`clip_value`, `beta`) does not matter here.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from typing import Any, Final, Literal, NamedTuple

import numpy as np

from cbcnn_codegen.errors import ModelFileError
from cbcnn_codegen.ir import Float32Array, Int8Array
from cbcnn_inputs.answers import FUNCTIONS, plain_name
from cbcnn_inputs.model_files.class_names import class_name, strip_package
from cbcnn_inputs.model_files.limits import quote


class Function(Enum):
    """The function of a quantizer or an activation."""

    IDENTITY = auto()
    SIGN = auto()
    SIGN_ZERO_NEGATIVE = auto()
    MAGNITUDE_AWARE_SIGN = auto()
    SCALED_SIGN = auto()
    DOREFA = auto()
    SIGNED_DOREFA = auto()
    HEAVISIDE = auto()
    TERNARY = auto()
    RELU = auto()
    RELU6 = auto()
    SWISH = auto()
    GELU = auto()
    MISH = auto()
    LEFT_OUT = auto()
    OTHER = auto()


class Named(NamedTuple):
    """A quantizer or activation: what it computes, and its name.

    A function that may be left out has its name in `cbcnn_inputs.answers.FUNCTIONS`, others the one
    in the file.
    """

    function: Function
    name: str
    options: Mapping[str, Any]


SIGN_NAMES: Final = "ste_sign, approx_sign or swish_sign"

_QUANTIZERS: Final[Mapping[str, Function]] = {
    "ste_sign": Function.SIGN,
    "approx_sign": Function.SIGN,
    "swish_sign": Function.SIGN,
    "magnitude_aware_sign": Function.MAGNITUDE_AWARE_SIGN,
    "binary_tanh": Function.SIGN_ZERO_NEGATIVE,
    "SteSign": Function.SIGN,
    "ApproxSign": Function.SIGN,
    "SwishSign": Function.SIGN,
    "MagnitudeAwareSign": Function.MAGNITUDE_AWARE_SIGN,
    "ScaledSign": Function.SCALED_SIGN,
    "DoReFa": Function.DOREFA,
    "DoReFaQuantizer": Function.DOREFA,
    "STCustomDoReFa": Function.SIGNED_DOREFA,
    "SteHeaviside": Function.HEAVISIDE,
    "SteTern": Function.TERNARY,
    "dorefa_quantizer": Function.DOREFA,
    "ste_heaviside": Function.HEAVISIDE,
    "ste_tern": Function.TERNARY,
    "NoOp": Function.IDENTITY,
    "NoOpQuantizer": Function.IDENTITY,
}
_ACTIVATIONS: Final[Mapping[str, Function]] = {
    **_QUANTIZERS,
    "linear": Function.IDENTITY,
    "relu": Function.RELU,
    "relu6": Function.RELU6,
    "gelu": Function.GELU,
    "mish": Function.MISH,
    "silu": Function.SWISH,
    "swish": Function.SWISH,
    **dict.fromkeys(FUNCTIONS, Function.LEFT_OUT),
}
_FUNCTION_CLASSES: Final = ("function", "builtin_function_or_method")


def quantizer(value: Any) -> Named:
    """The function of a quantizer option's `value` in the file; nothing is the identity."""
    return _named(value, _QUANTIZERS)


def activation(value: Any) -> Named:
    """The function of an activation option's `value` in the file; nothing is the identity."""
    return _named(value, _ACTIVATIONS)


def signed_bits(named: Named, mode: str) -> int | None:
    """Bits of ST's quantizer in this mode, `STCustomDoReFa`; None if it is another one."""
    if named.function is not Function.SIGNED_DOREFA:
        return None
    bits = named.options.get("k_bit", 8)
    is_meant = named.options.get("mode", "activations") == mode
    return bits if is_meant and isinstance(bits, int) and bits in range(2, 17) else None


def custom_cure(named: Named, otherwise: str) -> str:
    """What to try with somebody's own quantizer or function."""
    if named.function is not Function.OTHER or not named.name.isidentifier():
        return otherwise
    return f"--custom {named.name}=sign, if it is a scale times a sign; else {otherwise}"


def _named(value: Any, known: Mapping[str, Function]) -> Named:
    if value is None:
        return Named(Function.IDENTITY, "None", {})
    options: Any = {}
    if isinstance(value, Mapping):
        name, options = class_name(value), value.get("config") or {}
        if name in _FUNCTION_CLASSES and isinstance(options, str):
            name, options = strip_package(options), {}
        if not isinstance(options, Mapping):
            options = {}
    elif isinstance(value, str):
        name = strip_package(value)
    else:
        raise ModelFileError(
            "the model's architecture is damaged",
            found=f"{quote(value)} in place of a quantizer or activation",
            allowed="a name or an object with a class_name",
            suggestion="save the model again",
        )
    name = plain_name(name)
    return Named(known.get(name, Function.OTHER), name, options)


def flush(values: Float32Array) -> Float32Array:
    """TensorFlow takes denormal numbers for zero; NumPy and C do not."""
    smallest = np.finfo(np.float32).tiny
    flushed: Float32Array = np.where(np.abs(values) < smallest, 0, values).astype(np.float32)
    return flushed


def signs(latent: Float32Array, zero: Literal[-1, 1]) -> Int8Array:
    """Latent weights as -1/+1; both zeros and denormals become `zero`."""
    flushed = flush(latent)
    positive = flushed >= 0 if zero > 0 else flushed > 0
    binary: Int8Array = np.where(positive, 1, -1).astype(np.int8)
    return binary


def magnitudes(kernel: Float32Array) -> Float32Array:
    """Mean of |w| for each output channel, which is the last axis.

    The sum is exact enough in float64 for the mean of equal values to be that value.
    """
    flat = np.abs(flush(kernel)).reshape(-1, kernel.shape[-1])
    return flush(np.mean(flat, axis=0, dtype=np.float64).astype(np.float32))


def common_magnitudes(kernel: Float32Array) -> Float32Array | None:
    """H of each output channel, the last axis, if its weights are all -H or +H; else None."""
    flat = np.abs(flush(kernel)).reshape(-1, kernel.shape[-1])
    return flat[0].copy() if bool((flat == flat[0]).all()) else None


def shown_scale(kernel: Float32Array, named: Named) -> Float32Array | None:
    """The scale of each output channel of somebody's own sign; None for a plain sign.

    The user said which it is: the mean of the magnitudes of each filter, clipped to 1, or of the
    whole layer; or what weights show that are quantized already.
    """
    match named.options.get("scale"):
        case "clipped":
            return magnitudes(np.clip(kernel, -1, 1))
        case "layer":
            mean = magnitudes(kernel.reshape(-1, 1))
            return np.ascontiguousarray(np.broadcast_to(mean, kernel.shape[-1:]))
    return common_magnitudes(kernel)
