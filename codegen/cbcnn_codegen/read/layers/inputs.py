"""The image, and scaling of the image."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

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
    """Remember the scaling; it becomes part of the input."""
    scale, offset = layer.get("scale", 1.0), layer.get("offset", 0.0)
    if isinstance(scale, list | dict) or isinstance(offset, list | dict):
        chain.refuse(
            layer.refused(
                f"scale={quote(scale)}, offset={quote(offset)}",
                "one scale and one offset for all channels",
                "a BatchNormalization, which has one of each for every channel",
            )
        )
        return
    if chain.nodes or chain.forked:
        chain.refuse(
            layer.refused(
                "Rescaling after other layers",
                "Rescaling of the image, in front of every other layer",
                "a BatchNormalization in its place",
            )
        )
        return
    chain.rescale(layer.number("scale"), layer.number("offset", 0.0), f"layer {quote(layer.name)}")


LAYERS: Final = {
    "InputLayer": convert_input,
    "Rescaling": convert_rescaling,
}
