"""Layers that only rename positions."""

from __future__ import annotations

import math
from typing import Final

from cbcnn_codegen.ops.flatten import Flatten
from cbcnn_codegen.ops.reshape import Reshape
from cbcnn_codegen.read.chain import Chain
from cbcnn_codegen.read.layer_config import LayerConfig
from cbcnn_inputs.model_files.limits import quote


def convert_flatten(layer: LayerConfig, chain: Chain) -> None:
    """Map to vector in NHWC order."""
    if layer.get("data_format") not in (None, "channels_last"):
        chain.refuse(
            layer.refused(
                f"data_format={quote(layer.get('data_format'))}", "data_format='channels_last'"
            )
        )
    flatten(layer.name, chain)


def flatten(name: str, chain: Chain) -> None:
    """Emit a Flatten unless the value is a vector already."""
    if chain.dimensions is None or len(chain.dimensions) > 1:
        chain.emit(Flatten(name), None)
    if chain.dimensions is not None:
        chain.dimensions = (math.prod(chain.dimensions),)


def convert_reshape(layer: LayerConfig, chain: Chain) -> None:
    """A Reshape, to more axes too; these are gone before anything else reads the value."""
    target, now = layer.get("target_shape"), chain.dimensions
    if not isinstance(target, list) or not all(type(size) is int for size in target):
        raise layer.damaged("target_shape", target, "a list of sizes")
    if now is None:
        return
    size = math.prod(now)
    known = math.prod(size for size in target if size != -1)
    wanted = tuple(size // max(known, 1) if axis == -1 else axis for axis in target)
    if target.count(-1) > 1 or math.prod(wanted) != size or min(wanted, default=0) < 1:
        raise layer.damaged("target_shape", target, f"{size} values in all")
    if len(wanted) == 1:
        flatten(layer.name, chain)
    elif len(wanted) == 3 and wanted[:2] == (1, 1):
        flatten(layer.name, chain)
        chain.dimensions = wanted
    elif len(wanted) <= 3:
        shape = chain.map_of(wanted)
        if shape != chain.shape:
            chain.emit_move(Reshape(layer.name, shape))
        chain.dimensions = wanted
    else:
        chain.dimensions = wanted  # the numbers stay where they are until a Permute moves them


LAYERS: Final = {
    "Flatten": convert_flatten,
    "Reshape": convert_reshape,
}
