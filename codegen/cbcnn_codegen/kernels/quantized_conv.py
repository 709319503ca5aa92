"""Convolutions with weights of 8 bits: what the kernels with a `cbcnn_conv_i8_t` share."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from cbcnn_codegen.ir import Int8Array, Window
from cbcnn_codegen.kernels.geometry import window_field
from cbcnn_codegen.kernels.narrow import rescaling_field, rescaling_table
from cbcnn_codegen.kernels.offer import Field, Offer, Scratch, Table, Work
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.quantized_conv import QuantizedConv

PATCHES: Final = 2
"""Patches that are worked on together, as `CBCNN_PATCHES`."""

_QUAD: Final = 4
_ORDER: Final = [0, 2, 1, 3]
"""Where the weights of four integers lie; see `conv_i8.h`."""


def offer_quantized_conv(site: Site, op: QuantizedConv, kernel: str, code_bytes: int) -> Offer:
    """Any convolution and any dense layer."""
    output = site.output.shape
    groups = np.split(op.weights.reshape(len(op.weights), -1), op.groups)
    packed = np.concatenate([_pack(group) for group in groups])
    quads = -(-op.weights[0].size // _QUAD)
    pixels, filters = output.height * output.width, len(op.weights) // op.groups
    pairs = output.height * -(-output.width // PATCHES) * op.groups
    runs = pixels * op.groups * op.weights.shape[1]
    is_run = op.groups == 1 and op.dilation[1] == 1
    work: Work = {
        "patch_values": pixels * op.groups * quads * _QUAD,
        "patch_runs": runs if is_run else runs * op.weights.shape[2],
        "patch_products": pairs * quads * (filters // 2),
        "patch_singles": pairs * PATCHES * quads * (filters % 2),
        "patch_filters": pairs * -(-filters // 2),
        "patch_outputs": output.size,
        "patch_pixels": pixels * op.groups,
    }
    scratch = Scratch("int16", PATCHES * quads * _QUAD if pixels > 1 else quads * _QUAD)
    return replace(_offer(site, op, kernel, code_bytes, packed, work), scratch=scratch)


def is_depthwise(op: QuantizedConv) -> bool:
    """Whether each filter reads a channel of its own, and its taps are neighbours."""
    return op.weights.shape[3] == 1 and len(op.weights) == op.groups and op.dilation == (1, 1)


def offer_quantized_depthwise(site: Site, op: QuantizedConv, kernel: str, code_bytes: int) -> Offer:
    """One filter for each channel, its weights tap by tap."""
    weights = op.weights[..., 0].transpose(1, 2, 0).ravel()
    rows, columns = (_taps_on_map(site, op.window, axis) for axis in range(2))
    work: Work = {
        "narrow_depthwise_products": rows * columns * site.output.shape.channels,
        "narrow_depthwise_rows": rows * site.output.shape.width * site.output.shape.channels,
        "narrow_depthwise_outputs": site.output.shape.size,
    }
    return _offer(site, op, kernel, code_bytes, weights, work)


def _taps_on_map(site: Site, window: Window, axis: int) -> int:
    """Rows (axis 0) or columns (axis 1) of taps that meet the map, summed over the output."""
    stride = (window.stride_height, window.stride_width)[axis]
    starts = (i * stride - window.padding[axis] for i in range(site.output.shape[axis]))
    size, taps = site.source.shape[axis], (window.height, window.width)[axis]
    return sum(min(start + taps, size) - max(start, 0) for start in starts)


def _offer(
    site: Site, op: QuantizedConv, kernel: str, code_bytes: int, weights: Int8Array, work: Work
) -> Offer:
    assert op.rescaling is not None, "kernels put sums on another scale"
    taps = op.window._replace(height=op.weights.shape[1], width=op.weights.shape[2])
    return Offer(
        kernel=kernel,
        struct="conv_i8_t",
        fields=(
            Field("input", tuple(site.source.shape)),
            window_field(taps, "taps"),
            Field("output", tuple(site.output.shape)),
            Field("rows and columns between taps", (op.dilation[0],)),
            Field("", (op.dilation[1],)),
            Field("groups", (op.groups,)),
            Field("shift", (site.image.shift,)),
            Field("offset", (site.image.offset,)),
            rescaling_field(op.rescaling),
        ),
        tables=(
            Table("weights", "int8", weights, " x ".join(map(str, op.weights.shape))),
            rescaling_table(op.rescaling),
        ),
        work=work,
        code_bytes=code_bytes,
        products=site.output.shape.size * op.weights[0].size,
        leads=(None,),
    )


def _pack(weights: Int8Array) -> Int8Array:
    """The weights of a group: two filters together, then the one that is left."""
    fill = -weights.shape[1] % _QUAD
    quads = np.pad(weights, ((0, 0), (0, fill))).reshape(len(weights), -1, _QUAD)[..., _ORDER]
    whole = len(quads) - len(quads) % 2
    pairs = quads[:whole].reshape(-1, 2, *quads.shape[1:]).transpose(0, 2, 1, 3)
    packed: Int8Array = np.concatenate([pairs.ravel(), quads[whole:].ravel()])
    return packed
