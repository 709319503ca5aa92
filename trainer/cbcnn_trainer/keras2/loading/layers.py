"""The layers that a model file may hold, with the options that each of them may have.

Everything here computes a fixed function of its input and its arrays. The loader refuses all other
layers, known to run code (Lambda, a raw operation) or merely unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cbcnn_inputs.model_files.limits import quote
from cbcnn_trainer.keras2.backend import larq, tf
from cbcnn_trainer.keras2.layers import BinaryConv2D, BinaryDense
from cbcnn_trainer.keras2.loading import objects, values
from cbcnn_trainer.keras2.loading.own_layers import ChannelBias, ChannelScale
from cbcnn_trainer.keras2.loading.values import (
    Check,
    Unfit,
    Unknown,
    left_out,
    number,
    optional,
    sizes,
    unused,
)

_keras, _larq = tf.keras.layers, larq.layers


def _activation(value: Any) -> Any:
    """A function by its name, a quantizer, or a layer that acts on each value alone."""
    if value is None:
        return None
    kind = objects.kind_of(value)
    if kind in objects.QUANTIZERS or kind in objects.QUANTIZER_NAMES:
        return objects.quantizer(value)
    if kind in _ACTIVATION_LAYERS and isinstance(value, Mapping):
        options = value.get("config")
        return make_layer(kind, options if isinstance(options, Mapping) else {}, keras3=False)
    return objects.function(value)


_ACTIVATION_LAYERS: Final = ("ELU", "LeakyReLU", "ReLU", "Softmax", "ThresholdedReLU")

_initializer = objects.without_effect(objects.INITIALIZERS)
_regularizer = objects.without_effect(objects.REGULARIZERS)
_constraint = objects.without_effect(objects.CONSTRAINTS)

_CHECKS: Final[Mapping[str, Check]] = {
    "name": values.name,
    "dtype": objects.policy,
    "activation": _activation,
    "data_format": optional(values.word("channels_last", "channels_first")),
    "padding": values.word("valid", "same", "causal"),
    "interpolation": values.word("nearest", "bilinear"),
    "target_shape": values.target_shape,
    "axis": values.axis,
    "noise_shape": left_out(optional(values.target_shape)),
    "renorm_momentum": left_out(number),
    "batch_input_shape": values.batch_shape,
    "batch_shape": values.batch_shape,
    "shapes": values.shapes,
    "shared_axes": optional(sizes),
    "strides": optional(sizes),
    "output_padding": unused(None),
    "seed": values.seed,
    "quantization_config": unused(None),
    "renorm_clipping": unused(None),
    "virtual_batch_size": unused(None),
    "renorm": unused(False),
    "synchronized": unused(False),
    "sparse": unused(False),
    "ragged": unused(False),
    "optional": unused(False),
    "H": lambda value: value if value == "Glorot" else number(value),
    **dict.fromkeys(("trainable", "use_bias", "center", "scale", "keepdims"), values.flag),
    **dict.fromkeys(("filters", "units", "groups", "depth_multiplier", "n"), values.size),
    **dict.fromkeys(("kernel_size", "pool_size", "dilation_rate", "size", "dims"), sizes),
    **dict.fromkeys(("epsilon", "momentum", "pad_values"), number),
    **dict.fromkeys(("alpha", "negative_slope", "rate", "stddev", "l1", "l2"), number),
    **dict.fromkeys(("threshold", "theta"), number),
    "max_value": optional(number),
    **{
        f"{name}_{kind}": check
        for name in (
            *("kernel", "bias", "depthwise", "pointwise", "beta", "gamma", "alpha"),
            *("moving_mean", "moving_variance", "activity"),
        )
        for kind, check in (
            ("initializer", _initializer),
            ("regularizer", _regularizer),
            ("constraint", _constraint),
        )
    },
    **{
        f"{name}_quantizer": objects.quantizer
        for name in ("input", "kernel", "depthwise", "pointwise")
    },
}

_OBJECTS: Final = "{0}_initializer {0}_regularizer {0}_constraint"
_BIAS: Final = f"activation use_bias activity_regularizer {_OBJECTS.format('bias')}"
_KERNEL: Final = f"{_BIAS} {_OBJECTS.format('kernel')}"
_WINDOW: Final = "kernel_size strides padding data_format dilation_rate groups"
_DENSE: Final = f"units quantization_config {_KERNEL}"
_CONV: Final = f"filters {_WINDOW} {_KERNEL}"
_SPREAD: Final = f"output_padding {_CONV}"
_DEPTHWISE: Final = f"{_WINDOW} depth_multiplier {_BIAS} {_OBJECTS.format('depthwise')}"
_POINTWISE: Final = f"{_OBJECTS.format('pointwise')} {_OBJECTS.format('kernel')}"
_SEPARABLE: Final = f"filters {_DEPTHWISE} {_POINTWISE}"
_QUANT: Final = "input_quantizer kernel_quantizer"
_NORM: Final = " ".join(
    (
        "axis momentum epsilon center scale renorm renorm_clipping renorm_momentum",
        "synchronized virtual_batch_size",
        _OBJECTS.format("beta"),
        _OBJECTS.format("gamma"),
        "moving_mean_initializer moving_variance_initializer",
    )
)
_POOL: Final = "pool_size strides padding data_format"
_GLOBAL_POOL: Final = "data_format keepdims"


@dataclass(frozen=True)
class _Kind:
    """A class of layers, and the options that it may have besides those of every layer."""

    build: Any
    options: str = ""


_SCALED: Final = {"scale": values.numbers, "offset": values.numbers}
_OWN_CHECKS: Final[Mapping[str, Mapping[str, Check]]] = {
    "Rescaling": _SCALED,
    **{key: {"padding": values.margins} for key in ("ZeroPadding1D", "ZeroPadding2D")},
    **{key: {"cropping": values.margins} for key in ("Cropping1D", "Cropping2D")},
}

_KINDS: Final[Mapping[str, _Kind]] = {
    "Activation": _Kind(_keras.Activation, "activation"),
    "ActivityRegularization": _Kind(_keras.ActivityRegularization, "l1 l2"),
    "Add": _Kind(_keras.Add),
    "AlphaDropout": _Kind(_keras.AlphaDropout, "rate noise_shape seed"),
    "Average": _Kind(_keras.Average),
    "AveragePooling1D": _Kind(_keras.AveragePooling1D, _POOL),
    "AveragePooling2D": _Kind(_keras.AveragePooling2D, _POOL),
    "BatchNormalization": _Kind(_keras.BatchNormalization, _NORM),
    "BinaryConv2D": _Kind(BinaryConv2D, f"H {_CONV}"),
    "BinaryDense": _Kind(BinaryDense, f"H {_DENSE}"),
    "ChannelBias": _Kind(ChannelBias, "shapes"),
    "ChannelScale": _Kind(ChannelScale, "shapes"),
    "Concatenate": _Kind(_keras.Concatenate, "axis"),
    "Conv1D": _Kind(_keras.Conv1D, _CONV),
    "Conv2D": _Kind(_keras.Conv2D, _CONV),
    "Conv1DTranspose": _Kind(_keras.Conv1DTranspose, _SPREAD),
    "Conv2DTranspose": _Kind(_keras.Conv2DTranspose, _SPREAD),
    "Cropping1D": _Kind(_keras.Cropping1D, "cropping"),
    "Cropping2D": _Kind(_keras.Cropping2D, "cropping data_format"),
    "Dense": _Kind(_keras.Dense, _DENSE),
    "DepthwiseConv1D": _Kind(_keras.DepthwiseConv1D, _DEPTHWISE),
    "DepthwiseConv2D": _Kind(_keras.DepthwiseConv2D, _DEPTHWISE),
    "Dropout": _Kind(_keras.Dropout, "rate noise_shape seed"),
    "ELU": _Kind(_keras.ELU, "alpha"),
    "Flatten": _Kind(_keras.Flatten, "data_format"),
    "GaussianDropout": _Kind(_keras.GaussianDropout, "rate seed"),
    "GaussianNoise": _Kind(_keras.GaussianNoise, "stddev seed"),
    "GlobalAveragePooling1D": _Kind(_keras.GlobalAveragePooling1D, _GLOBAL_POOL),
    "GlobalAveragePooling2D": _Kind(_keras.GlobalAveragePooling2D, _GLOBAL_POOL),
    "GlobalMaxPooling1D": _Kind(_keras.GlobalMaxPooling1D, _GLOBAL_POOL),
    "GlobalMaxPooling2D": _Kind(_keras.GlobalMaxPooling2D, _GLOBAL_POOL),
    "Identity": _Kind(_keras.Identity),
    "LayerNormalization": _Kind(
        _keras.LayerNormalization,
        f"axis epsilon center scale {_OBJECTS.format('beta')} {_OBJECTS.format('gamma')}",
    ),
    "LeakyReLU": _Kind(_keras.LeakyReLU, "alpha"),
    "MaxPooling1D": _Kind(_keras.MaxPooling1D, _POOL),
    "MaxPooling2D": _Kind(_keras.MaxPooling2D, _POOL),
    "Maximum": _Kind(_keras.Maximum),
    "Minimum": _Kind(_keras.Minimum),
    "Multiply": _Kind(_keras.Multiply),
    "PReLU": _Kind(_keras.PReLU, f"shared_axes {_OBJECTS.format('alpha')}"),
    "Permute": _Kind(_keras.Permute, "dims"),
    "QuantConv1D": _Kind(_larq.QuantConv1D, f"pad_values {_QUANT} {_CONV}"),
    "QuantConv2D": _Kind(_larq.QuantConv2D, f"pad_values {_QUANT} {_CONV}"),
    "QuantConv2DTranspose": _Kind(_larq.QuantConv2DTranspose, f"pad_values {_QUANT} {_SPREAD}"),
    "QuantDense": _Kind(_larq.QuantDense, f"{_QUANT} {_DENSE}"),
    "QuantDepthwiseConv2D": _Kind(
        _larq.QuantDepthwiseConv2D,
        f"pad_values input_quantizer depthwise_quantizer {_DEPTHWISE}",
    ),
    "QuantSeparableConv1D": _Kind(
        _larq.QuantSeparableConv1D,
        f"pad_values input_quantizer depthwise_quantizer pointwise_quantizer {_SEPARABLE}",
    ),
    "QuantSeparableConv2D": _Kind(
        _larq.QuantSeparableConv2D,
        f"pad_values input_quantizer depthwise_quantizer pointwise_quantizer {_SEPARABLE}",
    ),
    "ReLU": _Kind(_keras.ReLU, "max_value negative_slope threshold"),
    "RepeatVector": _Kind(_keras.RepeatVector, "n"),
    "Rescaling": _Kind(_keras.Rescaling, "scale offset"),
    "Reshape": _Kind(_keras.Reshape, "target_shape"),
    "SeparableConv1D": _Kind(_keras.SeparableConv1D, _SEPARABLE),
    "SeparableConv2D": _Kind(_keras.SeparableConv2D, _SEPARABLE),
    "Softmax": _Kind(_keras.Softmax, "axis"),
    "SpatialDropout1D": _Kind(_keras.SpatialDropout1D, "rate noise_shape seed"),
    "SpatialDropout2D": _Kind(_keras.SpatialDropout2D, "rate noise_shape seed data_format"),
    "Subtract": _Kind(_keras.Subtract),
    "ThresholdedReLU": _Kind(_keras.ThresholdedReLU, "theta"),
    "UpSampling1D": _Kind(_keras.UpSampling1D, "size"),
    "UpSampling2D": _Kind(_keras.UpSampling2D, "size data_format interpolation"),
    "ZeroPadding1D": _Kind(_keras.ZeroPadding1D, "padding"),
    "ZeroPadding2D": _Kind(_keras.ZeroPadding2D, "padding data_format"),
}

_ALIASES: Final = {
    "AvgPool1D": "AveragePooling1D",
    "AvgPool2D": "AveragePooling2D",
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
    "GlobalAvgPool1D": "GlobalAveragePooling1D",
    "GlobalAvgPool2D": "GlobalAveragePooling2D",
    "GlobalMaxPool1D": "GlobalMaxPooling1D",
    "GlobalMaxPool2D": "GlobalMaxPooling2D",
    "MaxPool1D": "MaxPooling1D",
    "MaxPool2D": "MaxPooling2D",
    "SyncBatchNormalization": "BatchNormalization",
}
_EVERY_LAYER: Final = "name trainable dtype batch_input_shape"
_SHAPE_OF_FIRST: Final = ("batch_input_shape", "input_shape", "input_dim", "batch_size")
"""How the first layer of a model says what it reads; the input in front of it repeats that. Other
layers store the first of these alone, Larq's quantizers what they were given too."""

_INPUT: Final = "name dtype batch_input_shape batch_shape sparse ragged optional"


def demand_known(kind: str) -> None:
    """A class of layers must be on the list.

    Raises:
        Unknown: it is not.
    """
    if kind not in _KINDS and kind not in _ALIASES and kind not in objects.QUANTIZERS:
        raise Unknown("layers that say what they compute", f"the class {quote(kind)}")


def read_input(options: Mapping[str, Any]) -> dict[str, Any]:
    """The name, type and shape of an input, as `tf.keras.Input` takes them.

    Raises:
        Unfit: an option that is not on the list, or no shape.
    """
    found = _checked("InputLayer", _INPUT, options)
    shapes = [found.pop(key) for key in ("batch_input_shape", "batch_shape") if key in found]
    if len(shapes) != 1:
        raise Unfit("one shape of an input")
    return {**found, "shape": shapes[0][1:]}


def read_shape(options: Mapping[str, Any]) -> tuple[int | None, ...] | None:
    """The shape of an input that the first layer of a model may name, number of images first."""
    shape = options.get("batch_input_shape", options.get("batch_shape"))
    return None if shape is None else values.batch_shape(shape)


def make_layer(kind: str, options: Mapping[str, Any], *, keras3: bool) -> Any:
    """A layer of a class that is on the list.

    Args:
        kind: the name of the class.
        options: as the file has them.
        keras3: Keras 3 wrote them.

    Raises:
        Unknown: the class is not on the list.
        Unfit: an option that is not on the list, or with another value than it may have.
    """
    demand_known(kind)
    if kind in objects.QUANTIZERS:
        own = {key: value for key, value in options.items() if key not in _SHAPE_OF_FIRST}
        return objects.make_quantizer(kind, own)
    kind = _ALIASES.get(kind, kind)
    found = _checked(kind, f"{_EVERY_LAYER} {_KINDS[kind].options}", options)
    found.pop("batch_input_shape", None)
    if keras3 and kind == "BatchNormalization":
        found["fused"] = False  # the order of its arithmetic in Keras 3
    if keras3 and found.get("activation") is objects.FUNCTIONS["hard_sigmoid"]:
        raise Unfit("a file of Keras 2, whose function of this name is another", "hard_sigmoid")
    return _KINDS[kind].build(**found)


def _checked(kind: str, keys: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """The given options without those that are None, the default of all."""
    own = _OWN_CHECKS.get(kind, {})
    known = {key: own.get(key) or _CHECKS[key] for key in keys.split()}
    found = objects.check_options(options, known, kind)
    return {key: value for key, value in found.items() if value is not None}
