"""Windows over maps: the pixels that a convolution visits, its products, and C structs of both."""

from __future__ import annotations

from typing import Final

from cbcnn_codegen.ir import Shape, Window
from cbcnn_codegen.kernels.offer import Field
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.binary_conv import BinaryConv

ONE_PIXEL: Final = Window(1, 1, 1, 1)


def conv_fields(site: Site, op: BinaryConv) -> tuple[Field, ...]:
    """Members of `cbcnn_conv_t`."""
    source = site.sources[0].shape
    height, width = op.window.output_size(source.height, source.width)
    return (
        Field("input", tuple(source)),
        window_field(op.window, "window"),
        Field("convolved", (height, width, len(op.weights))),
        window_field(op.pool or ONE_PIXEL, "pool"),
        Field("output", tuple(site.output.shape)),
    )


def window_field(window: Window, name: str) -> Field:
    """A `cbcnn_window_t`."""
    sizes = (window.height, window.width, window.stride_height, window.stride_width)
    padding = (window.padding.top, window.padding.left)
    return Field(f"{name}, strides, padding", (*sizes, *padding))


def image_fields(site: Site) -> tuple[Field, ...]:
    """How a pixel becomes the integer that the network computes on."""
    return (Field("shift", (site.image.shift,)), Field("offset", (site.image.offset,)))


def pool_area(op: BinaryConv) -> int:
    """Pixels of the convolution under one pooling window."""
    return 1 if op.pool is None else op.pool.height * op.pool.width


def pooled_pixels(op: BinaryConv, source: Shape) -> tuple[list[int], list[int]]:
    """Rows and columns of the convolution that pooling reads, as often as it reads them."""
    pool = op.pool or ONE_PIXEL
    height, width = op.window.output_size(source.height, source.width)
    top, left, bottom, right = pool.padding
    rows = _positions(height, pool.height, pool.stride_height, top, bottom)
    return rows, _positions(width, pool.width, pool.stride_width, left, right)


def count_pixels(op: BinaryConv, source: Shape) -> int:
    """Pixels of the convolution that pooling reads, as often as it reads them."""
    rows, columns = pooled_pixels(op, source)
    return len(rows) * len(columns)


def count_products(op: BinaryConv, source: Shape) -> int:
    """Products of a convolution for one image; padding that counts as 0 makes none."""
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
