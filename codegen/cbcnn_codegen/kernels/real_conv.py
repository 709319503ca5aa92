"""Convolutions of floats: what the kernels with a `cbcnn_conv_f32_t` share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from cbcnn_codegen.ir import Float32Array, Operation, Shape, Window
from cbcnn_codegen.kernels.epilogue import make_epilogue
from cbcnn_codegen.kernels.geometry import ONE_PIXEL, image_fields, window_field
from cbcnn_codegen.kernels.offer import Field, Offer, Scratch, Table, Work
from cbcnn_codegen.kernels.overlap import lead_of_pixels
from cbcnn_codegen.kernels.reals import channel_table
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.real_block import RealBlock
from cbcnn_codegen.ops.real_conv import RealConv
from cbcnn_codegen.ops.real_dense import RealDense
from cbcnn_codegen.ops.to_float import ToFloat

TOGETHER: Final = 4
"""Output channels whose weights lie together; see `conv_f32.h`."""
TILE: Final = 4
"""Output pixels that share the loads of weights; see `taps_f32.h`."""


class RealSite(NamedTuple):
    """A convolution of floats or of the image, and the steps behind it.

    Attributes:
        source: the shape of what it reads.
        output: the shape of what it makes.
        widening: makes floats of the image; None where it reads floats.
    """

    conv: RealConv
    source: Shape
    output: Shape
    widening: ToFloat | None
    steps: Sequence[Operation]


def find_conv(site: Site) -> RealSite | None:
    """The convolution at a site, with steps or without.

    A dense layer is a convolution of one pixel with as many channels as the map has numbers. A
    window of one pixel that visits every pixel does not see rows: they lie behind each other.
    """
    block = site.op if isinstance(site.op, RealBlock) else None
    op: Operation = site.op if block is None else block.product
    source, output = site.sources[0].shape, site.output.shape
    if isinstance(op, RealDense):
        flat = op.weights.reshape(len(op.weights), 1, 1, -1)
        op = RealConv(op.name, flat, Window(1, 1, 1, 1), op.bias)
        source = Shape(1, 1, source.size)
    if not isinstance(op, RealConv):
        return None
    if op.window == ONE_PIXEL:
        pixels = source.height * source.width
        source, output = Shape(1, pixels, source.channels), Shape(1, pixels, output.channels)
    if block is None:
        return RealSite(op, source, output, None, ())
    return RealSite(op, source, output, block.widening, block.steps)


def offer_conv(
    site: Site, found: RealSite, kernel: str, code_bytes: int, weights: Table, work: Work
) -> Offer:
    """The offer of a kernel, whose scratch is one pixel of the output."""
    op, output = found.conv, found.output
    taps = op.window._replace(height=op.weights.shape[1], width=op.weights.shape[2])
    first = [] if found.widening is None else [found.widening.scale]
    pixels = output.height * output.width
    epilogue = make_epilogue(found.steps, pixels, output.channels, first)
    products = meetings(op, found.source, output)[2] * op.weights.shape[3] * len(op.weights)
    nonzeros = (
        products * (1 - site.sources[0].zeros) * np.count_nonzero(op.weights) / op.weights.size
    )
    return Offer(
        kernel=kernel,
        struct="conv_f32_t",
        fields=(
            Field("input", tuple(found.source)),
            window_field(taps, "taps"),
            Field("output", tuple(output)),
            Field("rows and columns between taps", (op.dilation[0],)),
            Field("", (op.dilation[1],)),
            Field("groups", (op.groups,)),
            *image_fields(site),
        ),
        tables=(
            weights,
            None if op.bias is None else channel_table("biases", op.bias),
            epilogue.steps,
            epilogue.values,
        ),
        work={**work, **epilogue.work, "real_nonzeros": float(nonzeros)},
        code_bytes=code_bytes,
        products=products,
        scratch=Scratch("float", output.channels),
        leads=(lead_of_pixels(site, op.window), 0)[: len(site.sources)],
        joins=True,
    )


def packed_weights(op: RealConv) -> Table:
    """Four filters of a group together, then those that are left, group after group."""
    packed = np.concatenate([_pack(group) for group in np.split(op.weights, op.groups)])
    return Table("weights", "float", packed, " x ".join(map(str, op.weights.shape)))


def _pack(weights: Float32Array) -> Float32Array:
    whole = len(weights) - len(weights) % TOGETHER
    blocks = weights[:whole].reshape(-1, TOGETHER, weights[0].size).transpose(0, 2, 1)
    return np.concatenate([blocks.ravel(), weights[whole:].ravel()])


def meetings(op: RealConv, source: Shape, output: Shape) -> tuple[int, int, int]:
    """Taps that meet the map, summed over the output: rows, columns, and both."""
    rows = sum(_rows_met(op, source, output))
    columns = sum(_columns_met(op, source, output))
    return rows, columns, rows * columns


def _rows_met(op: RealConv, source: Shape, output: Shape) -> list[int]:
    window = op.window
    steps = (window.stride_height, op.dilation[0])
    return _met(*steps, window.padding.top, source.height, output.height, op.weights.shape[1])


def _columns_met(op: RealConv, source: Shape, output: Shape) -> list[int]:
    window = op.window
    steps = (window.stride_width, op.dilation[1])
    return _met(*steps, window.padding.left, source.width, output.width, op.weights.shape[2])


def _met(stride: int, step: int, before: int, size: int, results: int, taps: int) -> list[int]:
    """For each result along an axis the taps that lie on the map."""
    starts = (i * stride - before for i in range(results))
    return [sum(0 <= start + tap * step < size for tap in range(taps)) for start in starts]


def conv_work(op: RealConv, source: Shape, output: Shape, together: int) -> Work:
    """Products in tiles, in chains of four and alone, their runs, and what each filter takes.

    Args:
        op: the convolution.
        source: shape of what it reads.
        output: shape of what it makes.
        together: pixels beside each other that are made together where all taps lie in the row.
    """
    columns, rows = _columns_met(op, source, output), sum(_rows_met(op, source, output))
    first = next((i for i, met in enumerate(columns) if met == op.weights.shape[2]), 0)
    inside = sum(met == op.weights.shape[2] for met in columns[first:])
    tiles = inside // together if together > 1 else 0
    tiled = tiles * together * op.weights.shape[2]
    in_group, inner = len(op.weights) // op.groups, op.weights.shape[3]
    blocks, alone = op.groups * (in_group // TOGETHER), op.groups * (in_group % TOGETHER)
    is_run = op.groups == 1 and op.dilation[1] == 1
    one_by_one = output.width - tiles * together
    runs = one_by_one if is_run else sum(columns) - tiled
    tile_runs = tiles if is_run else tiles * op.weights.shape[2]
    return {
        "real_conv_tiled": rows * tiled * inner * blocks * TOGETHER,
        "real_conv_products": rows * (sum(columns) - tiled) * inner * blocks * TOGETHER,
        "real_conv_singles": rows * sum(columns) * inner * alone,
        "real_conv_runs": rows * (runs * blocks + tile_runs * blocks + output.width * alone),
        "real_conv_filters": output.height * ((one_by_one + tiles) * blocks + output.width * alone),
        "real_conv_pixels": output.height * output.width,
    }
