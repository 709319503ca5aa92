"""The image, and scaling of the image."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, Final

import numpy as np

from cbcnn_codegen.ops.affine import Affine
from cbcnn_codegen.read.chain import Chain
from cbcnn_codegen.read.layer_config import LayerConfig
from cbcnn_inputs.model_files.limits import MAX_DIMENSION, MAX_VALUES, quote

SHAPE_KEYS: Final = ("batch_input_shape", "batch_shape")

_ALLOWED: Final = "a fixed shape: (height, width, channels), (height, width) or (values,)"

_REBUILD: Final = "build the model again with keras.Input((height, width, channels))"


def convert_input(layer: LayerConfig, chain: Chain) -> None:
    """Set the shape of the image, which an InputLayer or the first layer of a model names."""
    if chain.dimensions is not None or chain.nodes:
        chain.refuse(layer.refused("a second input", "one input at the start of the model"))
        return
    keys = [key for key in SHAPE_KEYS if key in layer.options]
    if not keys:
        chain.refuse(layer.refused("no input shape", _ALLOWED, _REBUILD))
        return
    shape: Any = layer.get(keys[0])
    if not isinstance(shape, list) or not all(_is_axis(axis) for axis in shape):
        raise layer.damaged(keys[0], shape, "a list of sizes")
    dimensions = shape[1:]
    if not 1 <= len(dimensions) <= 3 or None in dimensions:
        chain.refuse(
            layer.refused(
                f"the input shape {quote(tuple(dimensions))}",
                _ALLOWED,
                _REBUILD,
            )
        )
        return
    if np.prod(dimensions, dtype=object) > MAX_VALUES:
        raise layer.damaged(keys[0], shape, f"at most {MAX_VALUES} values")
    chain.dimensions = tuple(dimensions)


def _is_axis(axis: Any) -> bool:
    if axis is None:
        return True
    return isinstance(axis, int) and not isinstance(axis, bool) and 1 <= axis <= MAX_DIMENSION


def convert_rescaling(layer: LayerConfig, chain: Chain) -> None:
    """Remember the scaling of the image, which becomes part of the input; or scale other values."""
    parts = layer.get("scale", 1.0), layer.get("offset", 0.0)
    if any(isinstance(part, list | dict) for part in parts) or chain.nodes or chain.forked:
        _scale_channels(layer, chain)
        return
    chain.rescale(layer.number("scale"), layer.number("offset", 0.0), f"layer {quote(layer.name)}")


def _scale_channels(layer: LayerConfig, chain: Chain) -> None:
    """`x * scale + offset`, one of each, or one for each channel."""
    if chain.shape is None:
        return
    channels, numbers = chain.shape.channels, []
    for key, default in (("scale", 1.0), ("offset", 0.0)):
        value = layer.get(key, default)
        single = replace(layer, options={key: value})
        listed = value if isinstance(value, list) else [single.number(key)]
        sound = all(type(of) in (int, float) and math.isfinite(of) for of in listed)
        if not sound or len(listed) not in (1, channels):
            raise layer.damaged(key, value, f"a number, or {channels}")
        numbers.append(np.broadcast_to(np.array(listed, np.float32), (channels,)).copy())
    chain.emit(Affine(layer.name, numbers[0], numbers[1]), "reals")


LAYERS: Final = {
    "InputLayer": convert_input,
    "Rescaling": convert_rescaling,
}
