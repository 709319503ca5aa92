"""Layers that move numbers to other places of a map."""

from __future__ import annotations

import math
from typing import Any, Final

from cbcnn_codegen.ir import Shape
from cbcnn_codegen.ops.gather import Along, Gather
from cbcnn_codegen.ops.reshape import Reshape
from cbcnn_codegen.read.chain import MOST_AXES, Chain
from cbcnn_codegen.read.layer_config import LayerConfig
from cbcnn_codegen.read.layers.pooling import has_channels_last, is_map
from cbcnn_inputs.model_files.limits import MAX_DIMENSION, MAX_VALUES, quote

Margins = tuple[tuple[int, int], tuple[int, int]]
"""Rows above and below, columns left and right."""


def convert_zero_padding(layer: LayerConfig, chain: Chain) -> None:
    """A ZeroPadding2D."""
    shape = _map(layer, chain)
    if shape is None:
        return
    (top, bottom), (left, right) = _margins(layer, "padding", 1)
    rows = Along(shape.height + top + bottom, 0, -top)
    columns = Along(shape.width + left + right, 1, -left)
    emit(layer, chain, Gather.of_map(layer.name, shape, rows=rows, columns=columns), fills=True)


def convert_cropping(layer: LayerConfig, chain: Chain) -> None:
    """A Cropping2D."""
    shape = _map(layer, chain)
    if shape is None:
        return
    (top, bottom), (left, right) = _margins(layer, "cropping", 0)
    rows = Along(shape.height - top - bottom, 0, top)
    columns = Along(shape.width - left - right, 1, left)
    if rows.size < 1 or columns.size < 1:
        raise layer.damaged("cropping", layer.get("cropping"), f"less than {shape}")
    emit(layer, chain, Gather.of_map(layer.name, shape, rows=rows, columns=columns))


def convert_up_sampling(layer: LayerConfig, chain: Chain) -> None:
    """An UpSampling2D that repeats rows and columns."""
    shape = _map(layer, chain)
    down, right = layer.pair("size", (2, 2))
    interpolation = layer.get("interpolation", "nearest")
    if interpolation != "nearest":
        found = f"interpolation={quote(interpolation)}"
        chain.refuse(layer.refused(found, "interpolation='nearest'", "interpolation='nearest'"))
        chain.lose_track()
        return
    if shape is None:
        return
    rows = Along(shape.height * down, 0, repeat=down)
    columns = Along(shape.width * right, 1, repeat=right)
    emit(layer, chain, Gather.of_map(layer.name, shape, rows=rows, columns=columns))


def convert_permute(layer: LayerConfig, chain: Chain) -> None:
    """A Permute of the axes of a map, or of a sequence."""
    dimensions, dims = chain.dimensions, layer.get("dims")
    if dimensions is None:
        return
    if not isinstance(dims, list) or sorted(map(str, dims)) != [
        str(axis) for axis in range(1, len(dimensions) + 1)
    ]:
        raise layer.damaged("dims", dims, "every axis once, from 1 on")
    if len(dimensions) > MOST_AXES:
        _permute_groups(layer, chain, dimensions, dims)
        return
    shape = chain.shape
    assert shape is not None, "the dimensions are known"
    first = first_axis(shape, dimensions)
    order = [*range(first), *(first + axis - 1 for axis in dims)]
    order += [axis for axis in range(3) if axis not in order]
    sides = [Along(shape[axis], axis) for axis in order]
    wanted = tuple(dimensions[axis - 1] for axis in dims)
    emit(layer, chain, Gather(layer.name, sides[0], sides[1], sides[2]), wanted)


def _permute_groups(
    layer: LayerConfig, chain: Chain, dimensions: tuple[int, ...], dims: list[int]
) -> None:
    """A Permute of many axes, as one of groups of axes that stay beside each other.

    A channel shuffle is one of three: `[h, w, g, c]` to `[h, w, c, g]` exchanges `g` and `c` of
    `h * w` pixels.
    """
    order = [axis - 1 for axis in dims]
    starts = [at for at, axis in enumerate(order) if not at or axis != order[at - 1] + 1]
    moved = [order[at:end] for at, end in zip(starts, [*starts[1:], len(order)], strict=True)]
    groups = sorted(moved)
    if len(groups) > MOST_AXES:
        chain.refuse(
            layer.refused(
                f"dims={tuple(dims)} of a value of shape {dimensions}",
                "at most three groups of axes that stay beside each other",
                "a channel shuffle, which is dims=(1, 2, 4, 3), or several Permutes",
            )
        )
        chain.lose_track()
        return
    sizes = [math.prod(dimensions[axis] for axis in group) for group in groups]
    lead = MOST_AXES - len(groups)
    shape = Shape(*[1] * lead, *sizes)
    places = [*range(lead), *(lead + groups.index(group) for group in moved)]
    chain.layer = chain.source  # whose numbers these still are
    chain.emit_move(Reshape(chain.part_of(layer, "groups"), shape))
    chain.layer = layer.name
    sides = [Along(shape[place], place) for place in places]
    chain.emit_move(Gather(layer.name, sides[0], sides[1], sides[2]))
    chain.dimensions = tuple(dimensions[axis] for axis in order)


def convert_repeat_vector(layer: LayerConfig, chain: Chain) -> None:
    """A RepeatVector: a sequence of one vector, again and again."""
    dimensions, shape, count = chain.dimensions, chain.shape, layer.size("n")
    if dimensions is None or shape is None:
        return
    if len(dimensions) != 1:
        chain.refuse(layer.refused(f"a value of shape {dimensions}", "a vector", "Flatten"))
        chain.lose_track()
        return
    columns = Along(count, 1, step=0)
    emit(layer, chain, Gather.of_map(layer.name, shape, columns=columns), (count, *dimensions))


def first_axis(shape: Shape, dimensions: tuple[int, ...]) -> int:
    """The axis of a value's map at which the axes of the value begin."""
    starts = range(4 - len(dimensions))
    return next(at for at in starts if tuple(shape)[at : at + len(dimensions)] == dimensions)


def _map(layer: LayerConfig, chain: Chain) -> Shape | None:
    """The map that a layer reads; None where it is not known, and a problem where it is none."""
    if not has_channels_last(layer, chain) or not is_map(layer, chain):
        chain.lose_track()
        return None
    return chain.shape


def emit(
    layer: LayerConfig,
    chain: Chain,
    op: Gather,
    wanted: tuple[int, ...] | None = None,
    *,
    fills: bool = False,
) -> None:
    """Move numbers; `wanted` are the dimensions then, those of the map if None."""
    made = Shape(*(side.size for side in op.sides))
    if made[0] * made[1] * made[2] > MAX_VALUES:
        raise layer.damaged("shape", made, f"a map of at most {MAX_VALUES} values")
    if fills:
        chain.emit(op, "reals")
    else:
        chain.emit_move(op)
    if wanted is not None and chain.map_of(wanted) != made:
        chain.emit_move(Reshape(chain.part_of(layer, "reshape"), chain.map_of(wanted)))
    chain.dimensions = wanted or tuple(made)


def _margins(layer: LayerConfig, key: str, default: int) -> Margins:
    """One number, one for each axis, or two for each axis."""
    value: Any = layer.get(key, default)
    first, second = value if isinstance(value, list) and len(value) == 2 else (value, value)
    return _margin(layer, key, first), _margin(layer, key, second)


def _margin(layer: LayerConfig, key: str, value: Any) -> tuple[int, int]:
    both = value if isinstance(value, list) else [value, value]
    if len(both) != 2 or not all(type(n) is int and 0 <= n <= MAX_DIMENSION for n in both):
        raise layer.damaged(key, layer.get(key), f"sizes from 0 to {MAX_DIMENSION}")
    return both[0], both[1]


LAYERS: Final = {
    "Cropping2D": convert_cropping,
    "Permute": convert_permute,
    "UpSampling2D": convert_up_sampling,
    "ZeroPadding2D": convert_zero_padding,
}
