"""Random networks as a model file could hold them, for property tests.

Values are drawn so that the hard cases are common: means that tie with an accumulator, gamma that
is negative or zero, no variance, scaled weights, borders, maps that pooling does not divide.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from cbcnn_codegen.ir import (
    Graph,
    Input,
    Operation,
    Padding,
    Shape,
    Window,
    chain_graph,
    same_padding,
)
from cbcnn_codegen.ops.affine import Affine
from cbcnn_codegen.ops.batch_norm import BatchNorm
from cbcnn_codegen.ops.conv import Conv
from cbcnn_codegen.ops.dense import Dense
from cbcnn_codegen.ops.flatten import Flatten
from cbcnn_codegen.ops.max_pool import MaxPool
from cbcnn_codegen.ops.relu import Relu
from cbcnn_codegen.ops.sign import Sign

Draw = Callable[[st.SearchStrategy[Any]], Any]

CHANNELS = st.sampled_from([1, 2, 3, 5, 8, 31, 32, 33, 40, 64, 65])


@st.composite
def graphs(draw: Draw) -> Graph:
    """A float-level graph: image, some convolutions, dense layers, class scores."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    source = draw(inputs())
    zero = draw(st.sampled_from([1, 1, 1, -1]))
    ops = _scaled_input(draw, source)
    shape = source.shape
    first = True
    if draw(st.integers(0, 5)) == 0:
        ops += _binarized_input(draw, rng, shape, zero)
        first = False
    for index in range(draw(st.integers(0, 3))):
        block, shape = _conv_block(draw, rng, shape, f"conv_{index}", first, zero)
        ops += block
        first = False
    if ops and draw(st.integers(0, 4)) == 0 and isinstance(ops[-1], Sign):
        head, shape = _conv_head(draw, rng, shape)
        return chain_graph("random", source, (*ops, *head))
    if shape.height * shape.width > 1 or draw(st.booleans()):
        ops.append(Flatten("flatten"))
        shape = Shape(1, 1, shape.size)
    for index in range(draw(st.integers(0, 2))):
        units = draw(CHANNELS)
        ops += _dense(draw, rng, f"dense_{index}", shape, units)
        ops += _norms(draw, rng, f"dense_{index}", units, shape.size, fused=False)
        ops.append(Sign(f"dense_{index}/sign", zero))
        shape = Shape(1, 1, units)
    classes = draw(st.integers(1, 12))
    ops += _dense(draw, rng, "head", shape, classes)
    if draw(st.integers(0, 3)):
        ops.append(_norm(draw, rng, "head/norm", classes, shape.size, fused=False))
    return chain_graph("random", source, tuple(ops))


@st.composite
def inputs(draw: Draw) -> Input:
    """An image input, small enough for a quick test, with the usual ways of scaling it."""
    shape = Shape(
        draw(st.integers(1, 12)), draw(st.integers(1, 12)), draw(st.sampled_from([1, 1, 2, 3]))
    )
    dtype = draw(st.sampled_from(["uint8", "int8"]))
    if dtype == "int8" or draw(st.booleans()):
        return Input("input", shape, dtype)
    shift, offset = draw(st.sampled_from([(0, -128), (1, -255), (0, 0)]))
    return Input("input", shape, dtype, shift, offset)


def _scaled_input(draw: Draw, source: Input) -> list[Operation]:
    """What an integer of the image is worth, as a Rescaling makes it; nothing for 1."""
    scale = draw(st.sampled_from([1.0, 1.0, 1 / 128, 1 / 256]))
    multiplier = np.full(source.shape.channels, scale, np.float32)
    return [] if scale == 1.0 else [Affine("input/scale", multiplier)]


def _binarized_input(
    draw: Draw, rng: np.random.Generator, shape: Shape, zero: int
) -> list[Operation]:
    ops: list[Operation] = []
    if draw(st.booleans()):
        ops.append(_norm(draw, rng, "image/norm", shape.channels, 128, fused=True))
    return [*ops, Sign("image/sign", zero)]  # type: ignore[arg-type]


def _conv_block(
    draw: Draw, rng: np.random.Generator, shape: Shape, name: str, first: bool, zero: int
) -> tuple[list[Operation], Shape]:
    channels = draw(CHANNELS)
    window = _window(draw, shape, draw(st.sampled_from([1, 2, 3, 3, 5])), max_stride=2)
    pad = 0.0 if first else draw(st.sampled_from([0.0, 0.0, 1.0, -1.0]))
    weights = _signs(rng, (channels, window.height, window.width, shape.channels))
    conv = [Conv(name, weights, window, pad), *_scaling(draw, rng, name, channels)]
    shape = Shape(*window.output_size(shape.height, shape.width), channels)
    fan_in = weights[0].size
    norms: list[Operation] = _norms(draw, rng, name, channels, fan_in, fused=True)
    sign = Sign(f"{name}/sign", zero)  # type: ignore[arg-type]
    pools, shape = _pools(draw, shape, name)
    chains = [[*pools, *norms, sign], [*norms, *pools, sign], [*norms, sign, *pools]]
    if len(pools) == 2:
        late = _norm(draw, rng, f"{name}/late", channels, fan_in, fused=True)
        chains = [[pools[0], *norms, pools[1], late, sign], [pools[0], pools[1], late, sign]]
    chain = draw(st.sampled_from(chains))
    return [*conv, *chain], shape


def _pools(draw: Draw, shape: Shape, name: str) -> tuple[list[Operation], Shape]:
    pools: list[Operation] = []
    for index in range(draw(st.sampled_from([0, 1, 1, 2]))):
        window = _window(draw, shape, draw(st.sampled_from([2, 2, 3])), max_stride=3)
        pools.append(MaxPool(f"{name}/pool_{index}", window))
        shape = Shape(*window.output_size(shape.height, shape.width), shape.channels)
    return pools, shape


def _conv_head(draw: Draw, rng: np.random.Generator, shape: Shape) -> tuple[list[Operation], Shape]:
    """A convolution, global max pooling, batch norm."""
    classes = draw(st.integers(1, 12))
    window = _window(draw, shape, draw(st.sampled_from([1, 3])), max_stride=1)
    weights = _signs(rng, (classes, window.height, window.width, shape.channels))
    conv = [Conv("head", weights, window), *_scaling(draw, rng, "head", classes)]
    height, width = window.output_size(shape.height, shape.width)
    norm = _norm(draw, rng, "head/norm", classes, weights[0].size, fused=True)
    pool = MaxPool("head/pool", Window(height, width, 1, 1))
    tail: list[Operation] = draw(st.sampled_from([[pool], [norm, pool], [pool, norm]]))
    return [*conv, *tail, Flatten("head/flatten")], Shape(1, 1, classes)


def _window(draw: Draw, shape: Shape, size: int, max_stride: int) -> Window:
    height, width = size, draw(st.sampled_from([size, size, max(1, size - 1)]))
    strides = draw(st.integers(1, max_stride)), draw(st.integers(1, max_stride))
    window = Window(height, width, *strides)
    fits = height <= shape.height and width <= shape.width
    if fits and draw(st.booleans()):
        return window
    return window._replace(padding=Padding(*same_padding((shape.height, shape.width), window)))


def _dense(
    draw: Draw, rng: np.random.Generator, name: str, shape: Shape, units: int
) -> list[Operation]:
    weights = _signs(rng, (units, *shape))
    return [Dense(name, weights), *_scaling(draw, rng, name, units)]


def _scaling(draw: Draw, rng: np.random.Generator, name: str, channels: int) -> list[Operation]:
    """What a sum is worth, for scaled weights and a bias."""
    multiplier = bias = None
    if draw(st.integers(0, 4)) == 0:
        powers = rng.integers(-3, 3, channels)
        multiplier = np.exp2(powers).astype(np.float32)
    if draw(st.integers(0, 3)) == 0:
        bias = rng.integers(-4, 5, channels).astype(np.float32) / 2
    plain = multiplier is None and bias is None
    return [] if plain else [Affine(f"{name}/scale", multiplier, bias)]


def _norms(
    draw: Draw, rng: np.random.Generator, name: str, channels: int, fan_in: int, *, fused: bool
) -> list[Operation]:
    ops: list[Operation] = []
    if draw(st.integers(0, 7)) == 0:
        ops.append(Relu(f"{name}/relu"))
    for index in range(draw(st.sampled_from([0, 1, 1, 1, 1, 2]))):
        ops.append(_norm(draw, rng, f"{name}/norm_{index}", channels, fan_in, fused=fused))
    return ops


def _norm(
    draw: Draw, rng: np.random.Generator, name: str, channels: int, fan_in: int, *, fused: bool
) -> BatchNorm:
    spread = max(1.0, fan_in**0.5)
    gamma = rng.normal(0, 1, channels)
    gamma[rng.random(channels) < 0.1] = 0
    beta = rng.normal(0, 1, channels)
    mean = rng.normal(0, spread, channels)
    ties = rng.random(channels) < 0.4
    mean[ties], beta[ties] = np.round(mean[ties]), 0
    if draw(st.integers(0, 5)) == 0:
        beta[:] = 0
    if draw(st.integers(0, 5)) == 0:
        gamma[:] = 1
    variance = rng.uniform(0, 2 * spread**2, channels)
    variance[rng.random(channels) < 0.05] = 0
    epsilon = draw(st.sampled_from([1e-3, 1e-6, 1e-5]))
    values = (value.astype(np.float32) for value in (gamma, beta, mean, variance))
    return BatchNorm(name, *values, epsilon, fused)


def _signs(rng: np.random.Generator, shape: tuple[int, ...]) -> npt.NDArray[np.int8]:
    return rng.choice(np.array([-1, 1], np.int8), shape)


def draw_images(graph: Graph, count: int, seed: int = 0) -> npt.NDArray[Any]:
    """Random images that a graph takes: noise, constants and both extremes."""
    rng = np.random.default_rng(seed)
    limits = np.iinfo(np.dtype(graph.input.dtype))
    shape = (count, *graph.input.shape)
    images = rng.integers(limits.min, limits.max + 1, shape).astype(graph.input.dtype)
    for index, value in zip(range(count // 3), (limits.min, limits.max, 0), strict=False):
        images[index] = value
    return images
