"""Converters: one file for each family of layers, whose `LAYERS` names a function for each class.

The tool finds every file of this folder.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

from cbcnn_codegen.read.chain import MOST_AXES, Chain
from cbcnn_codegen.read.layer_config import LayerConfig
from cbcnn_codegen.read.layers import joins
from cbcnn_codegen.read.layers.unsupported import refuse_unknown
from cbcnn_inputs.model_files.limits import quote

__all__ = ["convert", "converters"]

Converter = Callable[[LayerConfig, Chain], None]

_OF_MANY_AXES: Final = (
    "Flatten",
    "Permute",
    "Reshape",
    "tf.reshape",
    "tf.transpose",
    "tf.identity",
)
"""What reads values of more than three axes."""

_OTHER_NAMES: Final[Mapping[str, str]] = {
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
    "AvgPool1D": "AveragePooling1D",
    "AvgPool2D": "AveragePooling2D",
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "GlobalAvgPool1D": "GlobalAveragePooling1D",
    "GlobalMaxPool1D": "GlobalMaxPooling1D",
    "MaxPool1D": "MaxPooling1D",
    "SeparableConvolution1D": "SeparableConv1D",
    "SeparableConvolution2D": "SeparableConv2D",
    "GlobalAvgPool2D": "GlobalAveragePooling2D",
    "GlobalMaxPool2D": "GlobalMaxPooling2D",
    "MaxPool2D": "MaxPooling2D",
    "NoOpQuantizer": "NoOp",
}


@cache
def converters() -> Mapping[str, Converter]:
    """Every readable class of layers, and the function that reads it."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return {kind: of for module in modules for kind, of in getattr(module, "LAYERS", {}).items()}


def _find(kind: str) -> Converter | None:
    return converters().get(_OTHER_NAMES.get(kind, kind))


def convert(layer: LayerConfig, chain: Chain) -> None:
    """Add to `chain` what `layer` computes, or the reason why it cannot be generated."""
    converter, several = _find(layer.kind), len(chain.flows) > 1
    if converter is None or (layer.kind in joins.LAYERS and not several):
        known = converters().keys() - joins.LAYERS.keys()
        refuse_unknown(layer, chain, sorted(name for name in known if not name.startswith("tf.")))
        return
    if several and layer.kind not in joins.LAYERS:
        found = f"{quote(layer.kind)[1:-1]}, which reads {len(chain.flows)} values"
        chain.refuse(layer.refused(found, "one value", "a model without branches"))
        chain.lose_track()
        return
    if not _takes_axes(layer, chain):
        return
    _check_precision(layer, chain)
    chain.layer = layer.name
    converter(layer, chain)
    chain.source = "" if layer.kind == "InputLayer" else layer.name


def _takes_axes(layer: LayerConfig, chain: Chain) -> bool:
    """Whether it reads maps, or moves the numbers of values with more axes; else a problem."""
    many = [of.dimensions for of in chain.flows if of.dimensions and len(of.dimensions) > MOST_AXES]
    if not many or layer.kind in _OF_MANY_AXES:
        return True
    chain.refuse(
        layer.refused(
            f"{quote(layer.kind)[1:-1]} of a value of shape {many[0]}",
            "values of one to three axes; Reshape, Permute and Flatten of those with more",
            "a Reshape to three axes in front of it, as behind a channel shuffle",
        )
    )
    chain.lose_track()
    return False


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
