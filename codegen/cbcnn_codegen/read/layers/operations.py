"""Functions of TensorFlow on one value: slices, and other names of layers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final

import numpy as np

from cbcnn_codegen.ir import Shape
from cbcnn_codegen.ops.concatenate import Concatenate
from cbcnn_codegen.ops.gather import Along, Gather
from cbcnn_codegen.ops.reshape import Reshape
from cbcnn_codegen.read.chain import Chain
from cbcnn_codegen.read.layer_config import LayerConfig
from cbcnn_codegen.read.layers import activations, moves, pooling, shapes
from cbcnn_codegen.read.operations import OUTPUT
from cbcnn_codegen.read.quantizers import activation
from cbcnn_inputs.model_files.limits import MAX_DIMENSION, quote

Convert = Callable[[LayerConfig, Chain], None]


def convert_slice(layer: LayerConfig, chain: Chain) -> None:
    """`x[...]` with slices and places; the images are all taken."""
    if chain.dimensions is None:
        return
    given = layer.get("slice_spec")
    parts = _parts(layer, given, len(chain.dimensions))
    if parts is None or not _is_whole(parts[0]):
        allowed = "slices and places of every axis but that of the images"
        chain.refuse(layer.refused(f"[{quote(given)}]", allowed))
        chain.lose_track()
        return
    sides: dict[int, range] = {}
    wanted: list[int] = []
    for axis, (part, size) in enumerate(zip(parts[1:], chain.dimensions, strict=True)):
        if isinstance(part, int):
            place = part + size if part < 0 else part
            sides[axis] = range(place, place + 1)
        else:
            sides[axis] = range(size)[part]
            wanted.append(len(sides[axis]))
        if not sides[axis] or not 0 <= sides[axis].start < size:
            raise layer.damaged("slice_spec", given, f"places inside of {chain.dimensions}")
    _take(layer, chain, sides, tuple(wanted) or (1,))


def _parts(layer: LayerConfig, given: Any, axes: int) -> list[Any] | None:
    """A slice or a place for each axis, that of the images first; None for anything else."""
    listed = given if isinstance(given, list) else [given]
    parts: list[Any] = []
    for item in listed:
        if isinstance(item, dict) and item.get("class_name") == "__ellipsis__":
            parts += [slice(None)] * (axes + 1 - (len(listed) - 1))
        elif isinstance(item, dict):
            ends = [item.get(key) for key in ("start", "stop", "step")]
            if not all(end is None or type(end) is int for end in ends) or ends[2] == 0:
                raise layer.damaged("slice_spec", given, "integers")
            parts.append(slice(*ends))
        elif type(item) is int:
            parts.append(item)
        else:
            return None
    parts += [slice(None)] * (axes + 1 - len(parts))
    return parts if len(parts) == axes + 1 else None


def _is_whole(part: Any) -> bool:
    return isinstance(part, slice) and part == slice(None)


def convert_split(layer: LayerConfig, chain: Chain) -> None:
    """One value of `tf.split`."""
    if chain.dimensions is None:
        return
    given, index = layer.get("num_or_size_splits"), layer.get(OUTPUT)
    axis = _axis(layer, chain, layer.get("axis", 0))
    if axis is None:
        return
    size = chain.dimensions[axis]
    if type(given) is int and given > 0 and size % given == 0:
        given = [size // given] * given
    sizes = given if isinstance(given, list) else []
    if not all(type(part) is int and part > 0 for part in sizes) or sum(sizes) != size:
        raise layer.damaged("num_or_size_splits", given, f"parts of {size}")
    if not 0 <= index < len(sizes):
        raise layer.damaged("output", index, f"one of {len(sizes)}")
    part = range(sum(sizes[:index]), sum(sizes[: index + 1]))
    wanted = list(chain.dimensions)
    wanted[axis] = len(part)
    _take(layer, chain, {axis: part}, tuple(wanted))


def _axis(layer: LayerConfig, chain: Chain, given: Any) -> int | None:
    """An axis that a call names, without that of the images; None, and a problem, for others."""
    assert chain.dimensions is not None, "the dimensions are known"
    count = len(chain.dimensions)
    if type(given) is int and (1 <= given <= count or -count <= given < 0):
        return given - 1 if given > 0 else given + count
    chain.refuse(layer.refused(f"axis={quote(given)}", "an axis of the values, not of the images"))
    chain.lose_track()
    return None


def _take(
    layer: LayerConfig, chain: Chain, ranges: dict[int, range], wanted: tuple[int, ...]
) -> None:
    """Emit what lies in these ranges of the axes."""
    shape, dimensions = chain.shape, chain.dimensions
    assert shape is not None, "the dimensions are known"
    assert dimensions is not None, "the dimensions are known"
    first = moves.first_axis(shape, dimensions)
    sides = [Along(size, axis) for axis, size in enumerate(shape)]
    for axis, part in ranges.items():
        sides[first + axis] = Along(len(part), first + axis, part.start, part.step)
    moves.emit(layer, chain, Gather(layer.name, sides[0], sides[1], sides[2]), wanted)


def convert_reduce(convert: Convert, layer: LayerConfig, chain: Chain) -> None:
    """A mean or a maximum over all positions of a map."""
    if chain.dimensions is None:
        return
    axes, count = layer.get("axis"), len(chain.dimensions)
    listed = [axes] if type(axes) is int else axes
    every = [*range(1, count)]
    known = isinstance(listed, list) and all(type(axis) is int for axis in listed)
    if not known or sorted(axis % (count + 1) for axis in listed) != every:
        found = f"axis={quote(axes)}"
        chain.refuse(layer.refused(found, f"axis={every}, all positions of a map"))
        chain.lose_track()
        return
    rank, dimensions = count, chain.dimensions
    chain.dimensions = (1,) * (3 - rank) + dimensions
    convert(replace(layer, options={"keepdims": layer.get("keepdims") is True}), chain)
    if chain.dimensions is not None and len(chain.dimensions) > 1:
        chain.dimensions = chain.dimensions[3 - rank :]


def convert_pool(convert: Convert, layer: LayerConfig, chain: Chain) -> None:
    """`tf.nn.max_pool2d` and `tf.nn.avg_pool2d`."""
    padding = layer.get("padding")
    options = {
        "pool_size": _middle(layer.get("ksize")),
        "strides": _middle(layer.get("strides")),
        "padding": padding.lower() if isinstance(padding, str) else padding,
    }
    convert(replace(layer, options=options), chain)


def _middle(value: Any) -> Any:
    """Sizes along rows and columns of those along four axes."""
    return value[1:3] if isinstance(value, list) and len(value) == 4 else value


def convert_pad(layer: LayerConfig, chain: Chain) -> None:
    """`tf.pad` with one number."""
    dimensions, given = chain.dimensions, layer.get("paddings")
    if dimensions is None:
        return
    if layer.get("mode", "CONSTANT") != "CONSTANT":
        chain.refuse(layer.refused(f"mode={quote(layer.get('mode'))}", "mode='CONSTANT'"))
        chain.lose_track()
        return
    margins = given if isinstance(given, list) else []
    sound = len(margins) == len(dimensions) + 1 and all(map(_is_margin, margins))
    if not sound or margins[0] != [0, 0]:
        raise layer.damaged("paddings", given, "two sizes for each axis, none for the images")
    shape = chain.shape
    assert shape is not None, "the dimensions are known"
    first = moves.first_axis(shape, dimensions)
    sides = [Along(size, axis) for axis, size in enumerate(shape)]
    for axis, (before, after) in enumerate(margins[1:], first):
        sides[axis] = Along(shape[axis] + before + after, axis, -before)
    fill = float(np.float32(layer.number("constant_values", 0.0)))
    wanted = tuple(side.size for side in sides[first : first + len(dimensions)])
    op = Gather(layer.name, sides[0], sides[1], sides[2], fill)
    moves.emit(layer, chain, op, wanted, fills=True)


def _is_margin(item: Any) -> bool:
    sizes = item if isinstance(item, list) and len(item) == 2 else [None]
    return all(type(size) is int and 0 <= size <= MAX_DIMENSION for size in sizes)


def convert_transpose(layer: LayerConfig, chain: Chain) -> None:
    """`tf.transpose` that leaves the images in their order."""
    perm = layer.get("perm")
    if not isinstance(perm, list) or perm[:1] != [0]:
        chain.refuse(layer.refused(f"perm={quote(perm)}", "perm=[0, ...]"))
        chain.lose_track()
        return
    moves.convert_permute(replace(layer, options={"dims": perm[1:]}), chain)


def convert_reshape(layer: LayerConfig, chain: Chain) -> None:
    """`tf.reshape` of every image."""
    shape = layer.get("shape")
    if not isinstance(shape, list) or len(shape) < 2 or shape[0] != -1:
        chain.refuse(layer.refused(f"shape={quote(shape)}", "shape=[-1, ...]"))
        chain.lose_track()
        return
    shapes.convert_reshape(replace(layer, options={"target_shape": shape[1:]}), chain)


def convert_axes(layer: LayerConfig, chain: Chain, *, adds: bool) -> None:
    """`tf.expand_dims` and `tf.squeeze`."""
    if chain.dimensions is None:
        return
    given, wanted = layer.get("axis"), list(chain.dimensions)
    axes = given if isinstance(given, list) else [given]
    for axis in axes:
        count = len(wanted) + 1 + adds
        place = axis % count - 1 if type(axis) is int and -count <= axis < count else -1
        if place < 0 or (not adds and (wanted[place] != 1 or len(wanted) == 1)):
            chain.refuse(layer.refused(f"axis={quote(given)}", "an axis of one position"))
            chain.lose_track()
            return
        wanted[place:place] = [1] if adds else []
        if not adds:
            del wanted[place]
    shapes.convert_reshape(replace(layer, options={"target_shape": wanted}), chain)


def convert_depth_to_space(layer: LayerConfig, chain: Chain) -> None:
    """`tf.nn.depth_to_space`: rows of larger maps lie in parts of the channels, one by one."""
    size, dimensions = layer.size("block_size"), chain.dimensions
    if not pooling.is_map(layer, chain) or dimensions is None:
        chain.lose_track()
        return
    height, width, channels = dimensions
    if channels % size**2 or layer.get("data_format", "NHWC") != "NHWC":
        raise layer.damaged("block_size", size, f"a size whose square divides {channels}")
    part, shape = channels // size, Shape(height, width, channels)
    parts: list[str] = []
    source = chain.flow
    for row in range(size):
        chain.take_up([source])
        own = chain.part_of(layer, f"row_{row}")
        taken = Gather.of_map(own, shape, channels=Along(part, 2, row * part))
        chain.emit(taken, "reals")
        chain.emit(Reshape(chain.part_of(layer, "pixels"), Shape(height, 1, width * part)), "reals")
        parts.append(chain.value)
    joined = chain.part_of(layer, "joined")
    chain.join_all(Concatenate(joined), parts)
    made = Shape(height * size, width * size, part // size)
    chain.dimensions = None
    chain.emit(Reshape(layer.name, made), "reals")
    chain.dimensions = tuple(made)


def _activate(name: str, layer: LayerConfig, chain: Chain) -> None:
    """A function that an Activation may name, with its options."""
    options = {"class_name": name, "config": layer.options}
    activations.apply(layer, layer.name, activation(options), chain)


def _ignore(layer: LayerConfig, chain: Chain) -> None:
    """Pass the value on; a cast to float32 changes no number."""
    if layer.get("dtype", "float32") != "float32":
        chain.refuse(layer.refused(f"dtype={quote(layer.get('dtype'))}", "dtype='float32'"))


LAYERS: Final[dict[str, Convert]] = {
    "tf.avg_pool": partial(convert_pool, pooling.convert_average_pool),
    "tf.depth_to_space": convert_depth_to_space,
    "tf.expand_dims": partial(convert_axes, adds=True),
    "tf.getitem": convert_slice,
    "tf.identity": _ignore,
    "tf.max_pool": partial(convert_pool, pooling.convert_max_pool),
    "tf.pad": convert_pad,
    "tf.reduce_max": partial(convert_reduce, pooling.convert_global_max_pool),
    "tf.reduce_mean": partial(convert_reduce, pooling.convert_global_average_pool),
    "tf.reshape": convert_reshape,
    "tf.split": convert_split,
    "tf.squeeze": partial(convert_axes, adds=False),
    "tf.transpose": convert_transpose,
    **{
        f"tf.{name}": partial(_activate, name)
        for name in (
            *("elu", "gelu", "leaky_relu", "log_sigmoid", "relu", "relu6", "selu", "sigmoid"),
            *("silu", "softmax", "softplus", "softsign", "tanh"),
        )
    },
    "tf.exp": partial(_activate, "exponential"),
}
