"""Convolutions of floats: what the kernels with a `cbcnn_conv_f32_t` share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from cbcnn_codegen.ir import Float32Array, Shape, Window
from cbcnn_codegen.kernels.geometry import window_field
from cbcnn_codegen.kernels.offer import Field, Offer, Table, Work
from cbcnn_codegen.kernels.reals import channel_table
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.real_conv import RealConv
from cbcnn_codegen.ops.real_dense import RealDense

TOGETHER: Final = 4
"""Output channels whose weights lie together; see `conv_f32.h`."""


def offer_conv(site: Site, op: RealConv, kernel: str, code_bytes: int) -> Offer:
    """Any convolution."""
    weights = np.split(op.weights, op.groups)
    packed = np.concatenate([_pack(group) for group in weights])
    table = Table("weights", "float", packed, " x ".join(map(str, op.weights.shape)))
    return _offer(site, op, table, kernel, code_bytes, _conv_work)


def offer_depthwise(site: Site, op: RealConv, kernel: str, code_bytes: int) -> Offer:
    """One filter for each channel, its weights tap by tap."""
    weights = op.weights[..., 0].transpose(1, 2, 0)
    table = Table("weights", "float", weights.ravel(), " x ".join(map(str, weights.shape)))
    return _offer(site, op, table, kernel, code_bytes, _depthwise_work)


def offer_dense(site: Site, op: RealDense, kernel: str, code_bytes: int) -> Offer:
    """A dense layer, as a convolution of one pixel with as many channels as the map has numbers."""
    units = len(op.weights)
    flat = op.weights.reshape(units, 1, 1, -1)
    conv = RealConv(op.name, flat, Window(1, 1, 1, 1), op.bias)
    table = Table("weights", "float", _pack(flat), " x ".join(map(str, op.weights.shape)))
    return _offer(
        site, conv, table, kernel, code_bytes, _conv_work, Shape(1, 1, flat.size // units)
    )


def _pack(weights: Float32Array) -> Float32Array:
    """The weights of a group: four filters together, then those that are left."""
    whole = len(weights) - len(weights) % TOGETHER
    blocks = weights[:whole].reshape(-1, TOGETHER, weights[0].size).transpose(0, 2, 1)
    return np.concatenate([blocks.ravel(), weights[whole:].ravel()])


def _offer(
    site: Site,
    op: RealConv,
    weights: Table,
    kernel: str,
    code_bytes: int,
    work: Callable[[RealConv, Shape, Shape], Work],
    shape: Shape | None = None,
) -> Offer:
    source, output = shape or site.source.shape, site.output.shape
    taps = op.window._replace(height=op.weights.shape[1], width=op.weights.shape[2])
    return Offer(
        kernel=kernel,
        struct="conv_f32_t",
        fields=(
            Field("input", tuple(source)),
            window_field(taps, "taps"),
            Field("output", tuple(output)),
            Field("rows and columns between taps", (op.dilation[0],)),
            Field("", (op.dilation[1],)),
            Field("groups", (op.groups,)),
        ),
        tables=(weights, None if op.bias is None else channel_table("biases", op.bias)),
        work=work(op, source, output),
        code_bytes=code_bytes,
        products=_meetings(op, source, output)[2] * op.weights.shape[3] * len(op.weights),
        leads=(None,),
    )


def _meetings(op: RealConv, source: Shape, output: Shape) -> tuple[int, int, int]:
    """Taps that meet the map, summed over the output: rows, columns, and both."""
    window, (down, right), (height, width) = op.window, op.dilation, op.weights.shape[1:3]
    rows, columns = (
        sum(
            0 <= start * stride - before + tap * step < size
            for start in range(results)
            for tap in range(count)
        )
        for stride, before, step, size, results, count in (
            (window.stride_height, window.padding.top, down, source.height, output.height, height),
            (window.stride_width, window.padding.left, right, source.width, output.width, width),
        )
    )
    return rows, columns, rows * columns


def _conv_work(op: RealConv, source: Shape, output: Shape) -> Work:
    """Products in chains of four and alone, the runs of them, and what each filter takes."""
    rows, _, taps = _meetings(op, source, output)
    in_group = len(op.weights) // op.groups
    blocks, alone = op.groups * (in_group // TOGETHER), op.groups * (in_group % TOGETHER)
    inner = op.weights.shape[3]
    is_run = op.groups == 1 and op.dilation[1] == 1
    runs = rows * output.width if is_run else taps
    pixels = output.height * output.width
    return {
        "real_conv_products": taps * inner * blocks * TOGETHER,
        "real_conv_singles": taps * inner * alone,
        "real_conv_runs": runs * (blocks + alone),
        "real_conv_filters": pixels * (blocks + alone),
        "real_conv_pixels": pixels,
    }


def _depthwise_work(op: RealConv, source: Shape, output: Shape) -> Work:
    """Products of taps that meet the map, all taps, and what begins and ends each sum."""
    pixels = output.height * output.width
    return {
        "real_depthwise_products": _meetings(op, source, output)[2] * output.channels,
        "real_depthwise_taps": pixels * op.weights.shape[1] * op.weights.shape[2],
        "real_depthwise_outputs": output.size,
    }
