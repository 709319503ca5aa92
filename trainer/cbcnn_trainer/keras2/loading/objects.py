"""The objects inside of layers that a model file may name, and what each of them is here.

A file names an object, and this list says which one that is; the loader looks nothing up in
modules, registries or packages. Initialisers, regularisers and constraints do nothing once a model
is trained, so it checks them and leaves them out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from cbcnn_inputs.answers import plain_name
from cbcnn_inputs.errors import ModelFileError
from cbcnn_inputs.model_files.class_names import class_name, strip_package
from cbcnn_inputs.model_files.limits import quote
from cbcnn_trainer.keras2.backend import larq, tf
from cbcnn_trainer.keras2.layers import binary_tanh
from cbcnn_trainer.keras2.loading import values
from cbcnn_trainer.keras2.loading.own_layers import scaled_sign, st_dorefa
from cbcnn_trainer.keras2.loading.values import Check, Unfit, Unknown, number, optional, seed

POLICIES: Final = (
    *("float32", "float64", "float16", "bfloat16", "mixed_float16", "mixed_bfloat16"),
    *("int8", "uint8", "int32", "int64"),
)

_FUNCTION: Final = ("function", "builtin_function_or_method")

_activations = tf.keras.activations
FUNCTIONS: Final[Mapping[str, Callable[[Any], Any]]] = {
    **{
        name: getattr(_activations, name)
        for name in (
            *("elu", "exponential", "gelu", "hard_sigmoid", "linear", "mish", "relu", "selu"),
            *("sigmoid", "softmax", "softplus", "softsign", "swish", "tanh"),
        )
    },
    "silu": _activations.swish,
    "relu6": tf.nn.relu6,
    "leaky_relu": tf.nn.leaky_relu,
    "log_sigmoid": tf.math.log_sigmoid,
    "log_softmax": tf.nn.log_softmax,
    "hard_tanh": larq.activations.hard_tanh,
    "leaky_tanh": larq.activations.leaky_tanh,
    "binary_tanh": binary_tanh,
}

_quantizers = larq.quantizers
_METRICS: Final = values.left_out(optional(values.words("flip_ratio")))
"""Objects that count in training, in variables that are no weights."""

_CLIP: Final[Mapping[str, Check]] = {"clip_value": optional(number)}
_DOREFA: Final = (
    _quantizers.DoReFa,
    {"k_bit": values.size, "mode": values.word("activations", "weights")},
)
QUANTIZERS: Final[Mapping[str, tuple[Callable[..., Any], Mapping[str, Check]]]] = {
    "SteSign": (_quantizers.SteSign, _CLIP),
    "ApproxSign": (_quantizers.ApproxSign, {}),
    "SwishSign": (_quantizers.SwishSign, {"beta": number}),
    "MagnitudeAwareSign": (_quantizers.MagnitudeAwareSign, _CLIP),
    "SteHeaviside": (_quantizers.SteHeaviside, _CLIP),
    "SteTern": (
        _quantizers.SteTern,
        {"threshold_value": number, "ternary_weight_networks": values.flag, **_CLIP},
    ),
    "DoReFa": _DOREFA,
    "DoReFaQuantizer": _DOREFA,  # its name in older versions of Larq
    "STCustomDoReFa": (
        st_dorefa,
        {"k_bit": values.size, "mode": values.word("activations", "weights")},
    ),
    "NoOp": (_quantizers.NoOp, {"precision": values.size}),
    "ScaledSign": (scaled_sign, {"scale": values.word("shown", "clipped", "layer")}),
}
QUANTIZER_NAMES: Final[Mapping[str, str]] = {
    "ste_sign": "SteSign",
    "approx_sign": "ApproxSign",
    "swish_sign": "SwishSign",
    "magnitude_aware_sign": "MagnitudeAwareSign",
    "ste_heaviside": "SteHeaviside",
    "ste_tern": "SteTern",
    "dorefa_quantizer": "DoReFa",
}

_AXES: Final = {"input_axes": optional(values.axis), "output_axes": optional(values.axis)}
_FAN: Final[Mapping[str, Check]] = {"seed": seed, **_AXES}
_RANGE: Final[Mapping[str, Check]] = {"minval": number, "maxval": number, "seed": seed}
_NORMAL: Final[Mapping[str, Check]] = {"mean": number, "stddev": number, "seed": seed}
INITIALIZERS: Final[Mapping[str, Mapping[str, Check]]] = {
    **{name: {} for name in ("Zeros", "Ones", "zeros", "ones")},
    **dict.fromkeys(
        (
            *("GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "LecunNormal"),
            *("LecunUniform", "glorot_normal", "glorot_uniform", "he_normal", "he_uniform"),
            *("lecun_normal", "lecun_uniform"),
        ),
        _FAN,
    ),
    **dict.fromkeys(("RandomUniform", "random_uniform", "uniform"), _RANGE),
    **dict.fromkeys(
        ("RandomNormal", "random_normal", "normal", "TruncatedNormal", "truncated_normal"), _NORMAL
    ),
    "Constant": {"value": values.numbers},
    "constant": {"value": values.numbers},
    "blur": {},  # of Larq Zoo's QuickNet
    "Identity": {"gain": number},
    "Orthogonal": {"gain": number, "seed": seed},
    "orthogonal": {"gain": number, "seed": seed},
    "VarianceScaling": {
        "scale": number,
        "mode": values.word("fan_in", "fan_out", "fan_avg"),
        "distribution": values.word("uniform", "normal", "truncated_normal", "untruncated_normal"),
        **_FAN,
    },
}
_L1_L2: Final[Mapping[str, Check]] = {"l1": optional(number), "l2": optional(number)}
REGULARIZERS: Final[Mapping[str, Mapping[str, Check]]] = {
    **dict.fromkeys(("L1", "L2", "L1L2", "l1", "l2", "l1_l2"), _L1_L2),
    "OrthogonalRegularizer": {"factor": number, "mode": values.word("rows", "columns")},
}
_NORM: Final[Mapping[str, Check]] = {
    **dict.fromkeys(("max_value", "min_value", "rate"), number),
    "axis": values.axis,
}
CONSTRAINTS: Final[Mapping[str, Mapping[str, Check]]] = {
    **dict.fromkeys(("MaxNorm", "max_norm", "MinMaxNorm", "min_max_norm"), _NORM),
    **dict.fromkeys(("UnitNorm", "unit_norm", "NonNeg", "non_neg", "RadialConstraint"), _NORM),
    "WeightClip": {"clip_value": number},
    "weight_clip": {"clip_value": number},
    "Clip": {"min_value": number, "max_value": optional(number)},
}


def policy(value: Any) -> str | None:
    """A type of number, by its name or as the object that older and newer Keras write."""
    if isinstance(value, Mapping):
        kind, options = _read(value, ("Policy", "DTypePolicy"))
        value = check_options(options, {"name": values.word(*POLICIES)}, kind).get("name")
    return None if value is None else str(values.word(*POLICIES)(value))


def quantizer(value: Any) -> Any:
    """A quantizer of Larq, binary_tanh, or none."""
    if value is None:
        return None
    kind, options = _read(value, (*QUANTIZERS, *QUANTIZER_NAMES, "binary_tanh"))
    if kind == "binary_tanh":
        return binary_tanh
    return make_quantizer(QUANTIZER_NAMES.get(kind, kind), options)


def make_quantizer(kind: str, options: Mapping[str, Any]) -> Any:
    """A quantizer by the name of its class."""
    build, own = QUANTIZERS[kind]
    known = {"name": values.name, "trainable": values.flag, "dtype": policy, **own}
    return build(**check_options(options, {**known, "metrics": _METRICS}, kind))


def function(value: Any) -> Any:
    """An activation function by its name, None for none."""
    if value is None:
        return None
    return FUNCTIONS[_read(value, tuple(FUNCTIONS))[0]]


def without_effect(known: Mapping[str, Mapping[str, Check]]) -> Check:
    """A check of an object that is then left out."""

    def check(value: Any) -> None:
        if value is not None:
            kind, options = _read(value, tuple(known))
            check_options(options, known[kind], kind)

    return check


def kind_of(value: Any) -> str:
    """The name of the class or function that a value of the file stands for."""
    if isinstance(value, str):
        return plain_name(strip_package(value))
    if not isinstance(value, Mapping):
        raise Unfit("a name, or an object with a class_name")
    try:
        kind = class_name(value)
    except ModelFileError as error:
        raise Unfit(str(error.allowed), error.found) from error
    named, is_function = value.get("config"), kind in _FUNCTION
    return plain_name(strip_package(named)) if is_function and isinstance(named, str) else kind


def check_options(
    options: Mapping[str, Any], known: Mapping[str, Check], kind: str
) -> dict[str, Any]:
    """The options of an object, each as its check gives it.

    Raises:
        Unfit: one that is not known, or whose value is not allowed.
    """
    found: dict[str, Any] = {}
    for key, value in options.items():
        if key not in known:
            raise Unfit(f"{kind} with {', '.join(known) or 'no options'}", f"{quote(key)}")
        try:
            found[key] = known[key](value)
        except Unfit as error:
            where = f"{key}={quote(value)}" if error.found is None else f"{key}: {error.found}"
            raise type(error)(error.allowed, where) from error
    return found


def _read(value: Any, known: tuple[str, ...]) -> tuple[str, Mapping[str, Any]]:
    """The name and the options of an object, which must be on a list."""
    kind = kind_of(value)
    if kind not in known:
        raise Unknown(", ".join(known), quote(kind))
    options = value.get("config") if isinstance(value, Mapping) else None
    if options is None or isinstance(options, str):
        return kind, {}
    if not isinstance(options, Mapping):
        raise Unfit("an object of options", quote(options))
    return kind, options
