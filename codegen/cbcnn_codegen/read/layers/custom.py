"""Layers of somebody's own that the user named: arrays that they multiply with or add."""

from __future__ import annotations

from functools import reduce
from typing import Final

import numpy as np

from cbcnn_codegen.ir import Float32Array
from cbcnn_codegen.ops.affine import Affine
from cbcnn_codegen.read.chain import Chain
from cbcnn_codegen.read.layer_config import LayerConfig


def convert_scale(layer: LayerConfig, chain: Chain) -> None:
    """A layer that multiplies with its arrays."""
    arrays = _read(layer, chain)
    if arrays:
        factor = reduce(np.multiply, arrays)
        _emit(layer, chain, factor, None)


def convert_bias(layer: LayerConfig, chain: Chain) -> None:
    """A layer that adds its arrays."""
    arrays = _read(layer, chain)
    if arrays:
        _emit(layer, chain, None, reduce(np.add, arrays))


def _read(layer: LayerConfig, chain: Chain) -> list[Float32Array]:
    """The arrays, none where it is not known what they broadcast to."""
    arrays, shape = chain.weights.read_all(layer), chain.shape
    if shape is None:
        return []
    flat = [array[0] if array.ndim > 3 and len(array) == 1 else array for array in arrays]
    for array in flat:
        sizes = array.shape
        if any(size not in (1, most) for size, most in zip(sizes[::-1], shape[::-1], strict=False)):
            allowed = f"shapes that broadcast to {shape}"
            chain.refuse(layer.refused(f"an array of shape {array.shape}", allowed))
            chain.lose_track()
            return []
    return flat


def _emit(
    layer: LayerConfig, chain: Chain, factor: Float32Array | None, bias: Float32Array | None
) -> None:
    """`x * factor + bias`; numbers that differ between pixels as those of one pixel."""
    shape = chain.shape
    assert shape is not None, "the dimensions are known"
    given = factor if factor is not None else bias
    assert given is not None, "one of them is there"
    numbers = np.broadcast_to(given, shape).astype(np.float32).reshape(-1, shape.channels)
    whole = not (numbers == numbers[0]).all()
    values = numbers.ravel() if whole else numbers[0].copy()
    op = Affine(layer.name, None if factor is None else values, None if bias is None else values)
    if whole:
        chain.emit_on_vector(op, layer)
    else:
        chain.emit(op, "reals")


LAYERS: Final = {
    "ChannelBias": convert_bias,
    "ChannelScale": convert_scale,
}
