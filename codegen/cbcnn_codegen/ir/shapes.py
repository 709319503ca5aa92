"""Shape and kind of what each operation makes from what it reads."""

from __future__ import annotations

from cbcnn_codegen.ir.ops import (
    BatchNorm,
    BinarizeInput,
    BinaryConv,
    BinaryDense,
    Conv,
    Dense,
    Flatten,
    Map,
    MaxPool,
    Op,
    Padding,
    PoolSigns,
    Relu,
    Scores,
    Shape,
    Sign,
    Threshold,
    Window,
)


def same_padding(size: tuple[int, int], window: Window) -> Padding:
    """TensorFlow's SAME for a map of `size` rows and columns: the extra one is at the end."""
    top, bottom = _same_padding_along(size[0], window.height, window.stride_height)
    left, right = _same_padding_along(size[1], window.width, window.stride_width)
    return Padding(top, left, bottom, right)


def _same_padding_along(size: int, kernel: int, stride: int) -> tuple[int, int]:
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def infer_map(op: Op, source: Map) -> Map:
    """The map that `op` makes of `source`.

    Raises:
        ValueError: `op` cannot read such a map.
    """
    shape = source.shape
    match op:
        case Conv():
            return Map(_convolved(op.name, op.weights.shape, op.window, shape), "accumulators")
        case BinaryConv():
            convolved = _convolved(op.name, op.weights.shape, op.window, shape)
            pooled = convolved if op.pool is None else _pooled(op.name, op.pool, convolved)
            return Map(pooled, "accumulators" if op.thresholds is None else "signs")
        case Dense():
            return Map(_dense(op.name, op.weights.shape, shape), "accumulators")
        case BinaryDense():
            units = _dense(op.name, op.weights.shape, shape)
            return Map(units, "accumulators" if op.thresholds is None else "signs")
        case MaxPool() | PoolSigns():
            return Map(_pooled(op.name, op.window, shape), source.kind)
        case Flatten():
            return Map(Shape(1, 1, shape.size), source.kind)
        case BatchNorm():
            if op.gamma.shape != (shape.channels,):
                raise ValueError(f"{op.name}: {op.gamma.shape} for {shape.channels} channels")
            return Map(shape, "accumulators")
        case Relu():
            return Map(shape, "accumulators")
        case Sign() | Threshold() | BinarizeInput():
            return Map(shape, "signs")
        case Scores():
            if op.multiplier.shape != (shape.size,):
                raise ValueError(f"{op.name}: {op.multiplier.shape} for {shape.size} accumulators")
            return Map(shape, "scores")


def _convolved(name: str, weights: tuple[int, ...], window: Window, source: Shape) -> Shape:
    if weights[1:] != (window.height, window.width, source.channels):
        raise ValueError(f"{name}: weights {weights} with {window} on {source}")
    height, width = window.output_size(source.height, source.width)
    if height < 1 or width < 1:
        raise ValueError(f"{name}: window {window} is larger than the map {source}")
    return Shape(height, width, weights[0])


def _pooled(name: str, window: Window, source: Shape) -> Shape:
    height, width = window.output_size(source.height, source.width)
    if height < 1 or width < 1:
        raise ValueError(f"{name}: window {window} is larger than the map {source}")
    return Shape(height, width, source.channels)


def _dense(name: str, weights: tuple[int, ...], source: Shape) -> Shape:
    if weights[1:] != tuple(source):
        raise ValueError(f"{name}: weights {weights} on {source}")
    return Shape(1, 1, weights[0])
