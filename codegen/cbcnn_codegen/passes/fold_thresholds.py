"""Every chain between integers and signs becomes one integer comparison per channel."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from cbcnn_codegen.errors import UnsupportedLayerError
from cbcnn_codegen.ir import (
    BatchNorm,
    BoolArray,
    Conv,
    Graph,
    MaxPool,
    Op,
    PoolSigns,
    Product,
    Sign,
    Threshold,
)
from cbcnn_codegen.passes.flip_point import find_flip_points, find_knife_edges
from cbcnn_codegen.passes.segments import Segment, join_segments, split_segments


def fold_thresholds(graph: Graph) -> Graph:
    """Replace what stands between accumulators and signs with comparisons of integers.

    Per channel the chain is a function of one integer, and every step of it (multiplication, bias,
    batch norm, ReLU, sign) is monotone, rounding included. Its sign therefore flips at most once
    over the integers, and one comparison `x >= threshold`, complemented where the function falls,
    says the same.

    Pooling takes a maximum of values that the steps before it may have reversed. Where they fall,
    the maximum of the values is the minimum of the accumulators: negating the channel's weights
    makes it the maximum again. The steps after the first pooling are folded into the comparison,
    and a later pooling becomes one of signs: their maximum, or where the steps behind it fall,
    their minimum.

    Channels whose flip point depends on float rounding are added to `knife_edges`.
    """
    knife_edges = list(graph.knife_edges)
    folded: list[tuple[Op, ...]] = []
    for segment in split_segments(graph):
        if not segment.binarizes:
            folded.append(segment.ops)
            continue
        result = _fold(segment, graph)
        folded.append(result.ops)
        if result.knife_edges:
            knife_edges.append((result.name, result.knife_edges))
    return replace(join_segments(graph, folded), knife_edges=tuple(knife_edges))


class _Folded(NamedTuple):
    ops: tuple[Op, ...]
    name: str
    knife_edges: tuple[int, ...]


def _fold(segment: Segment, graph: Graph) -> _Folded:
    chain = segment.chain
    last_sign = max(i for i, op in enumerate(chain) if isinstance(op, Sign))
    for op in chain[last_sign + 1 :]:
        if not isinstance(op, MaxPool):
            raise UnsupportedLayerError(
                f"layer {op.name!r} cannot be generated",
                found=f"{type(op).__name__} between a sign and the next binary layer",
                allowed="nothing but max pooling after a sign",
                suggestion="let the next layer binarize its input",
            )
    sign = chain[last_sign]
    assert isinstance(sign, Sign), "last_sign is the position of one"
    channels = _channels(segment)
    producer, fused_pool, reversed_channels = segment.producer, None, np.zeros(channels, np.bool_)
    pools = [i for i, op in enumerate(chain) if isinstance(op, MaxPool)]
    if isinstance(producer, Conv) and pools:
        reversed_channels = _falls(producer, chain[: pools[0]], channels)
        fused_pool = chain[pools.pop(0)]
    flips = find_flip_points(segment, graph.input, reversed_channels)
    edges = find_knife_edges(segment, graph.input, reversed_channels, flips)
    ops: list[Op] = [] if producer is None else [_strip(producer, reversed_channels)]
    ops += [] if fused_pool is None else [fused_pool]
    ops.append(Threshold(sign.name, flips.thresholds, flips.complement, sign.source))
    for i in pools:
        pool = chain[i]
        assert isinstance(pool, MaxPool), "pools holds the positions of poolings"
        minimum = _falls(None, chain[i + 1 :], channels)
        ops.append(PoolSigns(pool.name, pool.window, minimum, sign.source))
    return _Folded(tuple(ops), sign.name if producer is None else producer.name, edges)


def _channels(segment: Segment) -> int:
    if segment.producer is None:
        return segment.source.shape.channels
    return len(segment.producer.weights)


def _falls(producer: Product | None, ops: tuple[Op, ...], channels: int) -> BoolArray:
    """Which channels does this chain reverse?"""
    falls = np.zeros(channels, np.bool_)
    if producer is not None and producer.multiplier is not None:
        falls ^= producer.multiplier < 0
    for op in ops:
        if isinstance(op, BatchNorm):
            falls ^= op.gamma < 0
    return falls


def _strip(producer: Product, reversed_channels: BoolArray) -> Product:
    """The product alone, its reversed channels negated, multiplier and bias folded away."""
    flip = np.where(reversed_channels, -1, 1).astype(np.int8)
    weights = producer.weights * flip[:, None, None, None]
    return replace(producer, weights=weights, multiplier=None, bias=None)
