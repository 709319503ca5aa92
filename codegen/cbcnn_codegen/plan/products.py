"""How many products a layer makes."""

from __future__ import annotations

from cbcnn_codegen.ir import BinaryConv, BinaryDense, Shape, Window
from cbcnn_codegen.plan.steps import Layer, Products


def count_products(layer: Layer) -> Products:
    """Products of the layer for one image; padding that counts as 0 makes none."""
    if isinstance(layer.op, BinaryConv):
        count = _count_conv(layer.op, layer.source.shape)
    elif isinstance(layer.op, BinaryDense):
        count = layer.op.weights.size
    else:
        count = 0
    signs = layer.source.kind == "signs"
    return Products(count, 0) if signs else Products(0, count)


def _count_conv(op: BinaryConv, source: Shape) -> int:
    pad = op.pad != 0
    window, pool = op.window, op.pool or Window(1, 1, 1, 1)
    heights = (source.height, window.height, window.stride_height, window.padding.top)
    widths = (source.width, window.width, window.stride_width, window.padding.left)
    conv_height, conv_width = window.output_size(source.height, source.width)
    rows = _pooled(conv_height, pool.height, pool.stride_height, pool.padding[0], pool.padding[2])
    columns = _pooled(conv_width, pool.width, pool.stride_width, pool.padding[1], pool.padding[3])
    taps = sum(_taps(row, *heights, pad) for row in rows)
    taps *= sum(_taps(column, *widths, pad) for column in columns)
    return taps * source.channels * len(op.weights)


def _pooled(size: int, window: int, stride: int, before: int, after: int) -> list[int]:
    """The positions that pooling reads, as often as it reads them."""
    count = (size + before + after - window) // stride + 1
    starts = (i * stride - before for i in range(count))
    return [i for start in starts for i in range(max(start, 0), min(start + window, size))]


def _taps(position: int, size: int, window: int, stride: int, before: int, pad: bool) -> int:
    """Taps of the window that make a product at one output row or column."""
    start = position * stride - before
    return window if pad else max(min(start + window, size) - max(start, 0), 0)
