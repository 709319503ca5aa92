"""Layers that join branches."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from cbcnn_codegen.ir import Operation, Shape
from cbcnn_codegen.ops.add import Add
from cbcnn_codegen.ops.affine import Affine
from cbcnn_codegen.ops.concatenate import Concatenate
from cbcnn_codegen.ops.gather import Along, Gather
from cbcnn_codegen.ops.maximum import Maximum
from cbcnn_codegen.ops.multiply import Multiply
from cbcnn_codegen.ops.reshape import Reshape
from cbcnn_codegen.read.chain import Chain, Dimensions
from cbcnn_codegen.read.layer_config import LayerConfig
from cbcnn_inputs.model_files.limits import quote

_LAST: Final = 2
"""The axis of channels on a map."""


def convert_add(layer: LayerConfig, chain: Chain) -> None:
    """An Add of values that broadcast to one shape."""
    wanted = _common(layer, chain)
    if wanted is not None:
        chain.emit_join(Add(layer.name), "reals", _spread(layer, chain, wanted))
        chain.dimensions = wanted


def convert_average(layer: LayerConfig, chain: Chain) -> None:
    """An Average: the sum, times one by their number."""
    wanted = _common(layer, chain)
    if wanted is not None:
        chain.emit_join(Add(chain.part_of(layer, "sum")), "reals", _spread(layer, chain, wanted))
        chain.dimensions = wanted
        share = np.full(chain.map_of(wanted).channels, 1 / len(chain.flows), np.float32)
        chain.emit(Affine(layer.name, share), "reals")


def convert_subtract(layer: LayerConfig, chain: Chain) -> None:
    """A Subtract: the sum with the second value times -1."""
    wanted = _common(layer, chain)
    if wanted is None:
        return
    if len(chain.flows) > 2:
        raise layer.damaged("values", len(chain.flows), "two")
    first, second = _spread(layer, chain, wanted)
    minus = np.full(chain.map_of(wanted).channels, -1, np.float32)
    turned = [*second, Affine(chain.part_of(layer, "minus"), minus)]
    chain.emit_join(Add(layer.name), "reals", [first, turned])
    chain.dimensions = wanted


def convert_maximum(layer: LayerConfig, chain: Chain) -> None:
    """A Maximum of values that broadcast to one shape."""
    wanted = _common(layer, chain)
    if wanted is not None:
        chain.emit_join(Maximum(layer.name), "reals", _spread(layer, chain, wanted))
        chain.dimensions = wanted


def convert_minimum(layer: LayerConfig, chain: Chain) -> None:
    """A Minimum: the largest of all values times -1, times -1."""
    wanted = _common(layer, chain)
    if wanted is None:
        return
    minus = np.full(chain.map_of(wanted).channels, -1, np.float32)
    turned = [
        [*spread, Affine(chain.part_of(layer, "minus"), minus)]
        for spread in _spread(layer, chain, wanted)
    ]
    chain.emit_join(Maximum(chain.part_of(layer, "largest")), "reals", turned)
    chain.dimensions = wanted
    chain.emit(Affine(layer.name, minus), "reals")


def convert_multiply(layer: LayerConfig, chain: Chain) -> None:
    """A Multiply of values that broadcast to one shape; of signs of that shape it makes signs."""
    wanted = _common(layer, chain)
    if wanted is None:
        return
    prepared = _spread(layer, chain, wanted)
    signs = all(flow.kind == "signs" for flow in chain.flows) and not any(prepared)
    chain.emit_join(Multiply(layer.name), "signs" if signs else "reals", prepared)
    chain.dimensions = wanted


def _common(layer: LayerConfig, chain: Chain) -> Dimensions | None:
    """The dimensions that all values broadcast to; None, and a problem, where there are none.

    Keras puts axes of one position in front of those that a value has too few.
    """
    known = [flow.dimensions for flow in chain.flows if flow.dimensions is not None]
    if len(known) == len(chain.flows):
        rank = max(map(len, known))
        aligned = [(1,) * (rank - len(axes)) + axes for axes in known]
        wanted = tuple(max(sizes) for sizes in zip(*aligned, strict=True))
        if all(_broadcasts(axes, wanted) for axes in aligned):
            return wanted
        shapes = ", ".join(map(str, dict.fromkeys(known)))
        chain.refuse(layer.refused(f"values of shapes {shapes}", "shapes that broadcast to one"))
    chain.lose_track()
    return None


def _broadcasts(axes: Dimensions, wanted: Dimensions) -> bool:
    return all(size in (1, most) for size, most in zip(axes, wanted, strict=True))


def _spread(layer: LayerConfig, chain: Chain, wanted: Dimensions) -> Sequence[Sequence[Operation]]:
    """What makes each value as large as the common shape."""
    whole = chain.map_of(wanted)
    return [
        []
        if flow.dimensions is None or chain.map_of(flow.dimensions) == whole
        else [_repeat(chain.part_of(layer, "spread"), chain.map_of(flow.dimensions), whole)]
        for flow in chain.flows
    ]


def _repeat(name: str, shape: Shape, whole: Shape) -> Gather:
    """A map whose axes of one position are repeated."""
    sides = [
        Along(most, axis, step=int(size == most))
        for axis, (size, most) in enumerate(zip(shape, whole, strict=True))
    ]
    return Gather(name, sides[0], sides[1], sides[2])


def convert_concatenate(layer: LayerConfig, chain: Chain) -> None:
    """A Concatenate along any axis of the values."""
    dimensions = [flow.dimensions for flow in chain.flows]
    known = [axes for axes in dimensions if axes is not None]
    if len(known) < len(dimensions):
        chain.lose_track()
        return
    rank, axis = len(known[0]), layer.get("axis", -1)
    place = axis - 1 if type(axis) is int and 1 <= axis <= rank else None
    if type(axis) is int and -rank <= axis < 0:
        place = axis + rank
    if place is None or len({_without(axes, place) for axes in known}) > 1:
        found = f"axis={quote(axis)} of {', '.join(map(str, known))}"
        allowed = "values that differ along the axis alone, which is not that of the images"
        chain.refuse(layer.refused(found, allowed, "axis=-1 of maps of one size"))
        chain.lose_track()
        return
    wanted = list(known[0])
    wanted[place] = sum(axes[place] for axes in known)
    _concatenate(layer, chain, place - rank + _LAST + 1, tuple(wanted))
    chain.dimensions = tuple(wanted)


def _without(axes: Dimensions, place: int) -> tuple[int, ...]:
    return (len(axes), *axes[:place], *axes[place + 1 :])


def _concatenate(layer: LayerConfig, chain: Chain, axis: int, wanted: Dimensions) -> None:
    """Emit the join; along rows or columns as one of channels of fewer, larger pixels."""
    signs = all(flow.kind == "signs" for flow in chain.flows)
    shape = chain.map_of(wanted)
    places = [chain.map_of(flow.dimensions) for flow in chain.flows if flow.dimensions is not None]
    if len(wanted) == 2 and not chain.sequences:
        axis -= 1
    if axis == _LAST:
        chain.emit_join(Concatenate(layer.name), "signs" if signs else "reals")
        return
    pixels = Shape(1, 1, 1) if axis == 0 else Shape(shape.height, 1, 1)
    prepared = [
        [Reshape(chain.part_of(layer, "pixels"), _pixels(place, pixels))] for place in places
    ]
    chain.emit_join(Concatenate(chain.part_of(layer, "joined")), "reals", prepared)
    chain.dimensions = None
    chain.emit(Reshape(layer.name, shape), "reals")


def _pixels(shape: Shape, pixels: Shape) -> Shape:
    """The map as so many pixels."""
    return pixels._replace(channels=shape.size // math.prod(pixels[:2]))


LAYERS: Final = {
    "Add": convert_add,
    "Average": convert_average,
    "Concatenate": convert_concatenate,
    "Maximum": convert_maximum,
    "Minimum": convert_minimum,
    "Multiply": convert_multiply,
    "Subtract": convert_subtract,
}
