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


def pooled_pixels(op: BinaryConv, source: Shape) -> tuple[list[int], list[int]]:
    """Rows and columns of the convolution that pooling reads, as often as it reads them."""
    pool = op.pool or Window(1, 1, 1, 1)
    height, width = op.window.output_size(source.height, source.width)
    top, left, bottom, right = pool.padding
    rows = _positions(height, pool.height, pool.stride_height, top, bottom)
    return rows, _positions(width, pool.width, pool.stride_width, left, right)


def _count_conv(op: BinaryConv, source: Shape) -> int:
    pad = op.pad != 0
    window = op.window
    heights = (source.height, window.height, window.stride_height, window.padding.top)
    widths = (source.width, window.width, window.stride_width, window.padding.left)
    rows, columns = pooled_pixels(op, source)
    taps = sum(_taps(row, *heights, pad) for row in rows)
    taps *= sum(_taps(column, *widths, pad) for column in columns)
    return taps * source.channels * len(op.weights)


def _positions(size: int, window: int, stride: int, before: int, after: int) -> list[int]:
    count = (size + before + after - window) // stride + 1
    starts = (i * stride - before for i in range(count))
    return [i for start in starts for i in range(max(start, 0), min(start + window, size))]


def _taps(position: int, size: int, window: int, stride: int, before: int, pad: bool) -> int:
    """Taps of the window that make a product at one output row or column."""
    start = position * stride - before
    return window if pad else max(min(start + window, size) - max(start, 0), 0)
