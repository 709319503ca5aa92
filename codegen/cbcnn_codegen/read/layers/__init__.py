"""Converters: one file for each family of layers, and the table that finds them by class name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from cbcnn_codegen.read.chain import Chain
from cbcnn_codegen.read.layer_config import LayerConfig
from cbcnn_codegen.read.layers import activations, inputs, norms, pooling, products, shapes
from cbcnn_codegen.read.layers.unsupported import refuse_unknown

__all__ = ["CONVERTERS", "convert"]

Converter = Callable[[LayerConfig, Chain], None]


def _ignore(layer: LayerConfig, chain: Chain) -> None:
    """Layers that do nothing at inference."""


CONVERTERS: Final[Mapping[str, Converter]] = {
    "Activation": activations.convert_activation,
    "ActivityRegularization": _ignore,
    "AlphaDropout": _ignore,
    "ApproxSign": activations.convert_quantizer,
    "BatchNormalization": norms.convert_batch_norm,
    "BinaryConv2D": products.convert_binary_conv,
    "BinaryDense": products.convert_binary_dense,
    "Dropout": _ignore,
    "Flatten": shapes.convert_flatten,
    "GaussianDropout": _ignore,
    "GaussianNoise": _ignore,
    "GlobalMaxPooling2D": pooling.convert_global_max_pool,
    "InputLayer": inputs.convert_input,
    "MaxPooling2D": pooling.convert_max_pool,
    "NoOp": activations.convert_quantizer,
    "QuantConv2D": products.convert_quant_conv,
    "QuantDense": products.convert_quant_dense,
    "ReLU": activations.convert_relu,
    "Rescaling": inputs.convert_rescaling,
    "Reshape": shapes.convert_reshape,
    "Softmax": activations.convert_softmax,
    "SpatialDropout1D": _ignore,
    "SpatialDropout2D": _ignore,
    "SteSign": activations.convert_quantizer,
    "SwishSign": activations.convert_quantizer,
    "SyncBatchNormalization": norms.convert_batch_norm,
}

_OTHER_NAMES: Final[Mapping[str, str]] = {
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
    "GlobalMaxPool2D": "GlobalMaxPooling2D",
    "MaxPool2D": "MaxPooling2D",
    "NoOpQuantizer": "NoOp",
}


def convert(layer: LayerConfig, chain: Chain) -> None:
    """Add what `layer` computes to `chain`, or the reason why it cannot be generated."""
    converter = CONVERTERS.get(_OTHER_NAMES.get(layer.kind, layer.kind))
    if converter is None:
        refuse_unknown(layer, chain, sorted(CONVERTERS))
        return
    _check_precision(layer, chain)
    chain.layer = layer.name
    converter(layer, chain)
    chain.source = "" if layer.kind == "InputLayer" else layer.name


def _check_precision(layer: LayerConfig, chain: Chain) -> None:
    """Other float types round sums that float32 keeps exact."""
    policy = layer.get("dtype", "float32")
    config = policy.get("config") if isinstance(policy, Mapping) else None
    name = config.get("name") if isinstance(config, Mapping) else policy
    if name not in ("float32", None) and layer.kind != "InputLayer":
        chain.refuse(
            layer.refused(
                f"dtype={name!r}",
                "dtype='float32'",
                "keras.mixed_precision.set_global_policy('float32') before building the model",
            )
        )
