"""NumPy interpreter of a graph: the oracle for the passes and for the generated C.

It computes the exact integers of every product and the float32 of everything after them, at every
level of lowering. It is written to be obviously right; its speed comes from matrix products, which
are exact because every sum stays below 2**24.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cbcnn_codegen import arithmetic
from cbcnn_codegen.errors import DataError
from cbcnn_codegen.ir import (
    BatchNorm,
    BinarizeInput,
    BinaryConv,
    BinaryDense,
    Conv,
    Dense,
    Flatten,
    Graph,
    Input,
    Int8Array,
    MaxPool,
    Op,
    PoolSigns,
    Relu,
    Scores,
    Sign,
    Threshold,
    Window,
)
from cbcnn_inputs.answers import decide

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Trace:
    """What a graph computed for a batch of images.

    Attributes:
        maps: operation name to its output, N x height x width x channels: signs as int8 -1/+1,
            accumulators as int32 after lowering and float32 before, scores as float32.
        scores: N x classes, float32.
    """

    maps: dict[str, Array]
    scores: npt.NDArray[np.float32]

    @property
    def classes(self) -> npt.NDArray[np.int64]:
        """The class of each image, by `cbcnn_inputs.answers.decide`."""
        return decide(self.scores)


def run(
    graph: Graph,
    images: Array,
    *,
    keep: Collection[str] | None = None,
    batch_size: int = 16,
) -> Trace:
    """Compute the graph for images.

    Args:
        graph: at any level of lowering.
        images: N x height x width x channels, of the input's integer type.
        keep: names of the operations whose outputs are wanted; None keeps all.
        batch_size: how many images are computed at a time; 16 of the CBCNN stay in a cache.

    Raises:
        DataError: the images do not fit the input.
    """
    _check_images(graph.input, images)
    scores = []
    kept: dict[str, list[Array]] = {}
    for start in range(0, len(images), batch_size):
        value = _plane(graph.input, images[start : start + batch_size])
        for op in graph.ops:
            value = _compute(op, value, graph.input)
            if keep is None or op.name in keep:
                kept.setdefault(op.name, []).append(value)
        scores.append(value.reshape(len(value), -1).astype(np.float32))
    classes = graph.maps()[-1].shape.size
    return Trace(
        maps={name: np.concatenate(parts) for name, parts in kept.items()},
        scores=np.concatenate(scores) if scores else np.zeros((0, classes), np.float32),
    )


def _check_images(source: Input, images: Array) -> None:
    if images.dtype != np.dtype(source.dtype) or images.shape[1:] != source.shape:
        raise DataError(
            "the images do not fit the network's input",
            found=f"{images.dtype} images of shape {images.shape[1:]}",
            allowed=f"{source.dtype} images of shape {tuple(source.shape)}",
        )


def _plane(source: Input, images: Array) -> Array:
    return (images.astype(np.int32) << source.shift) + source.offset


def _compute(op: Op, x: Array, source: Input) -> Array:
    match op:
        case Conv() | Dense():
            return _float_product(op, x, source)
        case BinaryConv():
            sums = convolve(x, op.weights, op.window, op.pad)
            pooled = sums if op.pool is None else max_pool(sums, op.pool)
            return _compare(pooled, op.thresholds, op.complement)
        case BinaryDense():
            return _compare(multiply(x, op.weights), op.thresholds, op.complement)
        case Threshold() | BinarizeInput():
            return _compare(x, op.thresholds, op.complement)
        case MaxPool():
            return max_pool(x, op.window)
        case PoolSigns():
            flip = np.where(op.minimum, -1, 1).astype(np.int8)
            return max_pool(x * flip, op.window) * flip
        case BatchNorm():
            return arithmetic.batch_norm(op, _as_float(x, source))
        case Relu():
            return np.maximum(_as_float(x, source), np.float32(0))
        case Sign():
            positive = x >= 0 if op.zero > 0 else x > 0
            return np.where(positive, np.int8(1), np.int8(-1))
        case Flatten():
            return x.reshape(len(x), 1, 1, -1)
        case Scores():
            flat = x.reshape(len(x), -1)
            return arithmetic.affine_scores(flat, op.multiplier, op.offset).reshape(x.shape)


def _as_float(x: Array, source: Input) -> Array:
    """Image integers become the real numbers that they stand for; the rest is float already."""
    if x.dtype == np.int32:
        return arithmetic.flush_denormals(x.astype(np.float32) * np.float32(source.scale))
    return x.astype(np.float32)


def _float_product(op: Conv | Dense, x: Array, source: Input) -> Array:
    scale = source.scale if x.dtype == np.int32 else 1.0
    if isinstance(op, Conv):
        sums = convolve(x, op.weights, op.window, round(op.pad / scale))
    else:
        sums = multiply(x, op.weights)
    worth = np.float32(scale) * (np.float32(1) if op.multiplier is None else op.multiplier)
    value: Array = arithmetic.flush_denormals(sums.astype(np.float32) * worth)
    return value if op.bias is None else arithmetic.flush_denormals(value + op.bias)


def _compare(x: Array, thresholds: Array | None, complement: Array | None) -> Array:
    if thresholds is None:
        return x
    return np.where((x >= thresholds) != complement, np.int8(1), np.int8(-1))


def convolve(x: Array, weights: Int8Array, window: Window, pad: int) -> npt.NDArray[np.int32]:
    """Exact sums of a convolution.

    Args:
        x: integers, N x height x width x channels.
        weights: -1/+1, OHWI.
        window: kernel size, strides and padding.
        pad: what a padding pixel counts as.
    """
    top, left, bottom, right = window.padding
    around = ((0, 0), (top, bottom), (left, right), (0, 0))
    padded = np.pad(x.astype(np.float32), around, constant_values=pad)
    height, width = window.output_size(x.shape[1], x.shape[2])
    taps = []
    for row in range(window.height):
        rows = slice(row, row + (height - 1) * window.stride_height + 1, window.stride_height)
        for column in range(window.width):
            end = column + (width - 1) * window.stride_width + 1
            taps.append(padded[:, rows, column : end : window.stride_width])
    receptive_fields = np.concatenate(taps, axis=-1)
    flat = weights.reshape(len(weights), -1).T.astype(np.float32)
    sums: npt.NDArray[np.int32] = (receptive_fields.reshape(-1, len(flat)) @ flat).astype(np.int32)
    return sums.reshape(len(x), height, width, -1)


def multiply(x: Array, weights: Int8Array) -> npt.NDArray[np.int32]:
    """Exact sums of a dense layer, N x 1 x 1 x units."""
    flat = x.reshape(len(x), -1).astype(np.float32)
    sums = flat @ weights.reshape(len(weights), -1).T.astype(np.float32)
    return sums.astype(np.int32).reshape(len(x), 1, 1, -1)


def max_pool(x: Array, window: Window) -> Array:
    """Maximum over a window; padding never wins."""
    top, left, bottom, right = window.padding
    lowest = np.iinfo(x.dtype).min if np.issubdtype(x.dtype, np.integer) else -np.inf
    around = ((0, 0), (top, bottom), (left, right), (0, 0))
    padded = np.pad(x, around, constant_values=lowest)
    height, width = window.output_size(x.shape[1], x.shape[2])
    result: Array | None = None
    for row in range(window.height):
        rows = slice(row, row + (height - 1) * window.stride_height + 1, window.stride_height)
        for column in range(window.width):
            end = column + (width - 1) * window.stride_width + 1
            part = padded[:, rows, column : end : window.stride_width]
            result = part if result is None else np.maximum(result, part)
    assert result is not None, "a window has at least one row and one column"
    return result
