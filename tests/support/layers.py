"""Single layers with everything that can go wrong in them, drawn from a seed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from cbcnn_codegen.ir import (
    NO_PADDING,
    Graph,
    Input,
    Operation,
    Padding,
    Shape,
    Window,
    chain_graph,
    same_padding,
)
from cbcnn_codegen.ops.binarize_input import BinarizeInput
from cbcnn_codegen.ops.binary_conv import BinaryConv
from cbcnn_codegen.ops.binary_dense import BinaryDense
from cbcnn_codegen.ops.pool_signs import PoolSigns
from cbcnn_inputs.metadata import InputType

Array = npt.NDArray[Any]
Generator = np.random.Generator
LayerKind = Literal["conv", "dense", "pool", "binarize"]

CHANNELS = (1, 2, 3, 7, 8, 31, 32, 33, 63, 64, 65, 96, 130)
IMAGES = 4


@dataclass(frozen=True, eq=False)
class Case:
    """A layer and images for it. In front of a layer that reads signs stands a `BinarizeInput`."""

    graph: Graph
    images: Array


def draw_case(rng: Generator, pixel: InputType, kind: LayerKind, threshold_bits: int = 32) -> Case:
    """A layer of a kind whose thresholds have a place in so many bits."""
    shape = _draw_shape(rng, kind)
    shift = int(rng.choice([0, 0, 1, 2]))
    offset = int(rng.integers(-255, 256)) if rng.random() < 0.5 else 0
    source = Input("image", shape, pixel, shift, offset)
    on_signs = kind == "pool" or (kind != "binarize" and rng.random() < 0.6)
    if not on_signs and rng.random() < 0.5:
        source = replace(source, shape=shape._replace(channels=int(rng.integers(1, 4))))
    ops: list[Operation] = (
        [draw_binarization(rng, source)] if on_signs or kind == "binarize" else []
    )
    if kind == "conv":
        ops.append(_draw_conv(rng, source, on_signs, threshold_bits))
    elif kind == "dense":
        ops.append(_draw_dense(rng, source, on_signs, threshold_bits))
    elif kind == "pool":
        ops.append(_draw_pool(rng, shape))
    return Case(chain_graph("one layer", source, tuple(ops)), draw_images(rng, source))


def draw_images(rng: Generator, source: Input) -> Array:
    """Noise, the smallest and the largest values, and a single pixel that differs."""
    limits = np.iinfo(source.dtype)
    images = rng.integers(limits.min, limits.max + 1, (IMAGES, *source.shape), dtype=source.dtype)
    images[1], images[2], images[3] = limits.min, limits.max, limits.min
    images[3].flat[rng.integers(source.shape.size)] = limits.max
    return images


def draw_weights(rng: Generator, *shape: int) -> npt.NDArray[np.int8]:
    """Random, all +1, all -1, or all but one of them -1."""
    style = rng.integers(0, 6)
    weights = np.full(shape, 1 if style == 0 else -1, np.int8)
    if style == 2:
        weights.flat[rng.integers(weights.size)] = 1
    if style > 2:
        weights = np.where(rng.random(shape) < 0.5, 1, -1).astype(np.int8)
    return weights


def _draw_shape(rng: Generator, kind: LayerKind) -> Shape:
    if kind == "dense" and rng.random() < 0.5:
        return Shape(1, 1, int(rng.integers(1, 1200)))
    largest = 9 if rng.random() < 0.7 else 34
    height, width = (int(rng.integers(1, largest)) for _ in range(2))
    return Shape(height, width, int(rng.choice(CHANNELS)))


def _draw_thresholds(rng: Generator, count: int, largest: int) -> npt.NDArray[np.int32]:
    """Near zero, where ties are, spread out, and at and beyond both ends."""
    near = rng.integers(-4, 5, count)
    spread = rng.integers(-largest - 3, largest + 4, count)
    ends = rng.choice([-largest - 1, -largest, largest, largest + 1], count)
    drawn: npt.NDArray[np.int32] = np.choose(
        rng.integers(0, 3, count), [near, spread, ends]
    ).astype(np.int32)
    return drawn


def _draw_complement(rng: Generator, count: int) -> npt.NDArray[np.bool_]:
    return rng.random(count) < 0.4


def draw_binarization(rng: Generator, source: Input) -> BinarizeInput:
    """The image's values against thresholds that they reach about as often as not."""
    low, high = source.limits
    thresholds = rng.integers(low, high + 2, source.shape.channels).astype(np.int32)
    return BinarizeInput("signs", thresholds, _draw_complement(rng, len(thresholds)))


def _draw_comparison(
    rng: Generator, weights: Array, source: Input, on_signs: bool, threshold_bits: int
) -> Any:
    """Thresholds and complement, or twice None."""
    if rng.random() < 0.3:
        return None, None
    largest = weights[0].size * (1 if on_signs else max(map(abs, source.limits)))
    thresholds = _draw_thresholds(rng, len(weights), largest)
    limits = np.iinfo(f"i{threshold_bits // 8}")
    complement = _draw_complement(rng, len(weights))
    return np.clip(thresholds, limits.min, limits.max), complement


def _draw_conv(rng: Generator, source: Input, on_signs: bool, threshold_bits: int) -> BinaryConv:
    shape = source.shape
    usual = 0.4 if on_signs else 0.8
    window = _draw_window(rng, shape, usual)
    filters = int(rng.choice(CHANNELS))
    weights = draw_weights(rng, filters, window.height, window.width, shape.channels)
    pads = (-1, 0, 1) if on_signs else (-1, 0, 1, 7)
    height, width = window.output_size(shape.height, shape.width)
    pool = _draw_pool_window(rng, height, width, usual) if rng.random() < 0.7 else None
    thresholds, complement = _draw_comparison(rng, weights, source, on_signs, threshold_bits)
    pad = int(rng.choice(pads))
    return BinaryConv("conv", weights, window, pad, pool, thresholds, complement)


def _draw_window(rng: Generator, shape: Shape, usual: float) -> Window:
    """What most networks have, or any kernel and stride with any padding."""
    if rng.random() < usual and min(shape.height, shape.width) >= 3:
        window = Window(3, 3, 1, 1)
        padding = same_padding((shape.height, shape.width), window)
        return window._replace(padding=padding) if rng.random() < 0.7 else window
    return _draw_any_window(rng, shape)


def _draw_any_window(rng: Generator, shape: Shape) -> Window:
    """TensorFlow's padding, none, or a lopsided one; or a single pixel."""
    sizes = [int(rng.integers(1, 6)) for _ in range(2)]
    strides = [int(rng.integers(1, 4)) for _ in range(2)]
    style = rng.integers(0, 4)
    if style == 3:
        return Window(1, 1, strides[0], strides[1])
    if style == 0:
        sizes = [min(sizes[0], shape.height), min(sizes[1], shape.width)]
        return Window(sizes[0], sizes[1], strides[0], strides[1])
    window = Window(sizes[0], sizes[1], strides[0], strides[1])
    if style == 1:
        return window._replace(padding=same_padding((shape.height, shape.width), window))
    top, left = (int(rng.integers(0, size)) for size in sizes)
    bottom = max(sizes[0] - shape.height - top, int(rng.integers(0, sizes[0])))
    right = max(sizes[1] - shape.width - left, int(rng.integers(0, sizes[1])))
    return window._replace(padding=Padding(top, left, bottom, right))


def _draw_pool_window(rng: Generator, height: int, width: int, usual: float = 0.4) -> Window:
    if rng.random() < usual and min(height, width) >= 2:
        return Window(2, 2, 2, 2)
    sizes = [int(rng.integers(1, 4)) for _ in range(2)]
    strides = [int(rng.integers(1, 4)) for _ in range(2)]
    if rng.random() < 0.5:
        window = Window(sizes[0], sizes[1], strides[0], strides[1])
        return window._replace(padding=same_padding((height, width), window))
    return Window(min(sizes[0], height), min(sizes[1], width), strides[0], strides[1], NO_PADDING)


def _draw_dense(rng: Generator, source: Input, on_signs: bool, threshold_bits: int) -> BinaryDense:
    units = int(rng.choice(CHANNELS))
    weights = draw_weights(rng, units, *source.shape)
    thresholds, complement = _draw_comparison(rng, weights, source, on_signs, threshold_bits)
    return BinaryDense("dense", weights, thresholds, complement)


def _draw_pool(rng: Generator, shape: Shape) -> PoolSigns:
    window = _draw_pool_window(rng, shape.height, shape.width)
    return PoolSigns("pool", window, rng.random(shape.channels) < 0.5)
