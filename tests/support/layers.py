"""Single layers with everything that can go wrong in them, drawn from a seed.

An operation draws itself; here stand the maps and images that it gets.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from cbcnn_codegen.ir import Graph, Input, Operation, Shape, chain_graph, drawing
from cbcnn_codegen.ops.binarize_input import BinarizeInput
from cbcnn_codegen.ops.binary_conv import BinaryConv
from cbcnn_codegen.ops.binary_dense import BinaryDense
from cbcnn_codegen.ops.pool_signs import PoolSigns
from cbcnn_inputs.metadata import InputType

Array = npt.NDArray[Any]
Generator = np.random.Generator
LayerKind = Literal["conv", "dense", "pool", "binarize"]
"""Layers of signs and integers."""

CHANNELS = (*drawing.CHANNELS, 130)
IMAGES = 4

KINDS: dict[LayerKind, type[BinaryConv | BinaryDense | PoolSigns | BinarizeInput]] = {
    "conv": BinaryConv,
    "dense": BinaryDense,
    "pool": PoolSigns,
    "binarize": BinarizeInput,
}


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
    ops: list[Operation] = [draw_binarization(rng, source)] if on_signs else []
    read = ops[0].infer(source.type) if ops else source.type
    ops.append(_in_bits(KINDS[kind].draw(kind, rng, read), threshold_bits))
    return Case(chain_graph("one layer", source, tuple(ops)), draw_images(rng, source))


def _in_bits(op: Operation, bits: int) -> Operation:
    """The operation with thresholds that have a place in so many bits."""
    if not isinstance(op, BinaryConv | BinaryDense) or op.thresholds is None:
        return op
    limits = np.iinfo(f"i{bits // 8}")
    return replace(op, thresholds=np.clip(op.thresholds, limits.min, limits.max))


def draw_binarization(rng: Generator, source: Input) -> BinarizeInput:
    """The image's values against thresholds that they reach about as often as not."""
    return BinarizeInput.draw("signs", rng, source.type)


def draw_images(rng: Generator, source: Input) -> Array:
    """Noise, the smallest and the largest values, and a single pixel that differs."""
    limits = np.iinfo(source.dtype)
    images = rng.integers(limits.min, limits.max + 1, (IMAGES, *source.shape), dtype=source.dtype)
    images[1], images[2], images[3] = limits.min, limits.max, limits.min
    images[3].flat[rng.integers(source.shape.size)] = limits.max
    return images


def _draw_shape(rng: Generator, kind: LayerKind) -> Shape:
    if kind == "dense" and rng.random() < 0.5:
        return Shape(1, 1, int(rng.integers(1, 1200)))
    largest = 9 if rng.random() < 0.7 else 34
    height, width = (int(rng.integers(1, largest)) for _ in range(2))
    return Shape(height, width, int(rng.choice(CHANNELS)))
