"""The chain behind the last binary layer becomes one multiplication and one addition per class."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from cbcnn_codegen.arithmetic import flush_denormals, inverse_deviation
from cbcnn_codegen.errors import UnsupportedLayerError
from cbcnn_codegen.ir import (
    BatchNorm,
    Flatten,
    Float32Array,
    Graph,
    MaxPool,
    Op,
    Scores,
)
from cbcnn_codegen.passes.segments import Segment, join_segments, split_segments

SMALLEST: Final = 2.0**-103
"""Of what scores are made of: `2**-126`, the smallest normal float32, times its precision."""


def fold_scores(graph: Graph) -> Graph:
    """Replace multiplier, bias and batch norms of the last segment with `Scores`.

    `x * m + o` composed with a batch norm is `x * (m * inv) + (o * inv + (beta - mean * inv))`,
    computed in float32 in this order. For a single batch norm behind a plain binary layer these are
    the numbers that Keras uses for rank 2. A pooling in between takes the maximum of what the steps
    before it made; where these fall, the channel's weights and multiplier change their sign.

    Raises:
        UnsupportedLayerError: something that is not affine stands between the last binary layer and
            the scores, or a second pooling.
    """
    segments = split_segments(graph)
    head = segments[-1]
    if head.producer is None:
        raise UnsupportedLayerError(
            "the model cannot be generated",
            found="no binary convolution or dense layer",
            allowed="at least one QuantConv2D or QuantDense",
        )
    shape = graph.maps()[-1].shape
    before = [segment.ops for segment in segments[:-1]]
    return join_segments(graph, [*before, _fold(head, shape.size, graph.free_name("scores"))])


def _fold(head: Segment, scores: int, name: str) -> tuple[Op, ...]:
    producer = head.producer
    assert producer is not None, "checked by the caller"
    channels = len(producer.weights)
    ones, zeros = np.ones(channels, np.float32), np.zeros(channels, np.float32)
    multiplier = ones if producer.multiplier is None else producer.multiplier
    offset = zeros if producer.bias is None else producer.bias
    flip = np.ones(channels, np.int8)
    pool: MaxPool | None = None
    for op in head.chain:
        match op:
            case BatchNorm():
                multiplier, offset = _compose(op, multiplier, offset)
            case Flatten():
                positions = scores // channels
                multiplier, offset = np.tile(multiplier, positions), np.tile(offset, positions)
            case MaxPool() if pool is None:
                pool = op
                flip = np.where(multiplier < 0, -1, 1).astype(np.int8)
                multiplier = np.abs(multiplier)
            case _:
                raise UnsupportedLayerError(
                    f"layer {op.name!r} cannot be generated",
                    found=f"{type(op).__name__} between the last binary layer and the scores",
                    allowed="batch normalisation, and max pooling once",
                    suggestion="remove it: the largest score stays the largest",
                )
    _demand_exact(producer.name, multiplier, offset)
    if len(multiplier) != scores:
        positions = scores // channels
        multiplier, offset = np.tile(multiplier, positions), np.tile(offset, positions)
    weights = producer.weights * flip[:, None, None, None]
    plain = replace(producer, weights=weights, multiplier=None, bias=None)
    source = producer.name
    last = Scores(name, multiplier, offset, source)
    return (plain, last) if pool is None else (plain, pool, last)


def _demand_exact(name: str, multiplier: Float32Array, offset: Float32Array) -> None:
    """Demand scores that are finite, and that C computes as the interpreter does.

    Products and sums of float32 numbers are multiples of the smallest step of either. From
    `SMALLEST` on that step is no denormal number, which C would keep and TensorFlow makes 0.
    """
    for what, values in (("multiplier", multiplier), ("offset", offset)):
        size = np.abs(values)
        wrong = ~((size == 0) | ((size >= SMALLEST) & (size < np.inf)))
        if wrong.any():
            raise UnsupportedLayerError(
                f"the scores of layer {name!r} cannot be generated",
                found=f"{what} {values[wrong][0]:g} of score {np.flatnonzero(wrong)[0]}",
                allowed=f"0, or a magnitude from {SMALLEST:g} to {np.finfo(np.float32).max:g}",
                suggestion="a larger epsilon, or train the last layers again; their numbers are "
                "broken",
            )


def _compose(
    norm: BatchNorm, multiplier: Float32Array, offset: Float32Array
) -> tuple[Float32Array, Float32Array]:
    with np.errstate(over="ignore", invalid="ignore"):  # `_demand_exact` says which score it is
        inverse = inverse_deviation(norm)
        shift = flush_denormals(norm.beta - flush_denormals(norm.mean * inverse))
        return (
            flush_denormals(multiplier * inverse).astype(np.float32),
            flush_denormals(flush_denormals(offset * inverse) + shift).astype(np.float32),
        )
