"""Convolutions and dense layers that compute on real numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from cbcnn_codegen.ir import NO_PADDING, Float32Array, Shape, Window
from cbcnn_codegen.ops.gather import Along, Gather
from cbcnn_codegen.ops.real_conv import RealConv
from cbcnn_codegen.ops.real_dense import RealDense
from cbcnn_codegen.read.chain import Chain
from cbcnn_codegen.read.layer_config import LayerConfig
from cbcnn_codegen.read.layers.activations import apply_option
from cbcnn_codegen.read.layers.pooling import (
    has_channels_last,
    is_map,
    output_size,
    padding_of,
    place_window,
)
from cbcnn_codegen.read.quantizers import custom_cure, quantizer
from cbcnn_codegen.read.real_kernels import quantize
from cbcnn_inputs.model_files.limits import quote


def convert_conv(layer: LayerConfig, chain: Chain) -> None:
    """A convolution with real weights, or with quantized ones on real numbers."""
    groups, filters = _groups(layer, chain), layer.size("filters")
    if not _can_slide(layer, chain):
        return
    size = layer.pair("kernel_size")
    channels = None if chain.shape is None else chain.shape.channels // groups
    kernel = read_kernel(layer, chain, "kernel", 0, (*size, channels, filters))
    bias = read_bias(layer, chain, 1, filters)
    if kernel is None:
        chain.lose_track()
        return
    _slide(layer, chain, layer.name, kernel.transpose(3, 0, 1, 2), bias, groups)
    _finish(layer, chain)


def convert_depthwise(layer: LayerConfig, chain: Chain) -> None:
    """A convolution of every channel by itself."""
    multiplier = _multiplier(layer)
    if not _can_slide(layer, chain):
        return
    channels = None if chain.shape is None else chain.shape.channels
    kernel = _depthwise_kernel(layer, chain, multiplier)
    filters = None if channels is None else channels * multiplier
    bias = read_bias(layer, chain, 1, filters)
    if kernel is None or channels is None:
        chain.lose_track()
        return
    _slide(layer, chain, layer.name, kernel, bias, channels)
    _finish(layer, chain)


def convert_separable(layer: LayerConfig, chain: Chain) -> None:
    """Every channel by itself, and then all channels of one pixel."""
    multiplier, filters = _multiplier(layer), layer.size("filters")
    if not _can_slide(layer, chain):
        return
    channels = None if chain.shape is None else chain.shape.channels
    kernel = _depthwise_kernel(layer, chain, multiplier)
    between = None if channels is None else channels * multiplier
    points = read_kernel(layer, chain, "pointwise_kernel", 1, (1, 1, between, filters))
    bias = read_bias(layer, chain, 2, filters)
    if kernel is None or points is None or channels is None:
        chain.lose_track()
        return
    _slide(layer, chain, chain.part_of(layer, "depthwise"), kernel, None, channels)
    weights = np.ascontiguousarray(points.transpose(3, 0, 1, 2))
    chain.emit(RealConv(layer.name, weights, Window(1, 1, 1, 1), bias), "reals")
    assert chain.dimensions is not None, "a layer that slides makes a map"
    chain.dimensions = (*chain.dimensions[:-1], filters)
    _finish(layer, chain)


def convert_dense(layer: LayerConfig, chain: Chain) -> None:
    """A dense layer with real weights, or with quantized ones on real numbers."""
    units, dimensions = layer.size("units"), chain.dimensions
    if dimensions is not None and len(dimensions) == 2 and not chain.sequences:
        chain.refuse(
            layer.refused(f"a value of shape {dimensions}", "a vector", "Flatten in front of it")
        )
        chain.lose_track()
        return
    inputs = None if dimensions is None else dimensions[-1]
    kernel = read_kernel(layer, chain, "kernel", 0, (inputs, units))
    bias = read_bias(layer, chain, 1, units)
    if kernel is None:
        chain.lose_track()
        return
    if dimensions is not None:
        weights = np.ascontiguousarray(kernel.T).reshape(units, 1, 1, -1)
        if len(dimensions) == 1:
            chain.emit(RealDense(layer.name, weights, bias), "reals")
        else:
            chain.emit(RealConv(layer.name, weights, Window(1, 1, 1, 1), bias), "reals")
        chain.dimensions = (*dimensions[:-1], units)
    _finish(layer, chain)


def _finish(layer: LayerConfig, chain: Chain) -> None:
    chain.kind = "reals"
    apply_option(layer, chain)


def _can_slide(layer: LayerConfig, chain: Chain) -> bool:
    """Does the layer read a map? Remember a problem if not."""
    sound = [has_channels_last(layer, chain), is_map(layer, chain)]
    if not all(sound):
        chain.lose_track()
    return all(sound)


def _groups(layer: LayerConfig, chain: Chain) -> int:
    """How many groups the channels are in."""
    if layer.get("groups") is None:
        return 1
    groups, filters = layer.size("groups"), layer.size("filters")
    channels = groups if chain.shape is None else chain.shape.channels
    if channels % groups or filters % groups:
        found = f"{groups} of {channels} channels and {filters} filters"
        raise layer.damaged("groups", found, "a divisor of both")
    return groups


def _multiplier(layer: LayerConfig) -> int:
    return 1 if layer.get("depth_multiplier") is None else layer.size("depth_multiplier")


def _slide(
    layer: LayerConfig,
    chain: Chain,
    name: str,
    weights: Float32Array,
    bias: Float32Array | None,
    groups: int,
) -> None:
    """Emit a convolution, of weights OHWI."""
    shape = chain.shape
    if shape is None:
        return
    rows, columns = layer.pair("dilation_rate", (1, 1))
    padding = padding_of(layer)
    spans = (weights.shape[1] - 1) * rows + 1, (weights.shape[2] - 1) * columns + 1
    window = Window(*spans, *layer.pair("strides", (1, 1)))
    placed = place_window(layer, window, padding, shape)
    size = output_size(layer, placed, shape._replace(channels=len(weights)))
    pad = layer.number("pad_values", 0.0)
    if padding == "same" and pad and any(placed.padding):
        _surround(layer, chain, placed, pad, shape)
        placed = placed._replace(padding=NO_PADDING)
    whole = np.ascontiguousarray(weights)
    chain.emit(RealConv(name, whole, placed, bias, (rows, columns), groups), "reals")
    chain.dimensions = (*size, len(weights))


def _surround(layer: LayerConfig, chain: Chain, window: Window, pad: float, shape: Shape) -> None:
    """Emit a map with a margin of numbers other than 0, which a convolution would leave out."""
    top, left, bottom, right = window.padding
    rows = Along(shape.height + top + bottom, 0, -top)
    columns = Along(shape.width + left + right, 1, -left)
    gather = Gather.of_map(chain.part_of(layer, "pad"), shape, rows=rows, columns=columns)
    chain.emit(replace(gather, fill=float(np.float32(pad))), "reals")


_QUANTIZERS: Final = {
    "kernel": "kernel_quantizer",
    "depthwise_kernel": "depthwise_quantizer",
    "pointwise_kernel": "pointwise_quantizer",
}


def read_kernel(
    layer: LayerConfig, chain: Chain, name: str, index: int, shape: tuple[int | None, ...]
) -> Float32Array | None:
    """Weights as the layer multiplies with them; None, and a problem, where it cannot be said."""
    values = chain.weights.read(layer, name, index, shape)
    named = quantizer(layer.get(_QUANTIZERS[name]))
    quantized = quantize(values, named)
    if quantized is None:
        found = f"{_QUANTIZERS[name]}={quote(named.name)[1:-1]}"
        allowed = "ste_sign, magnitude_aware_sign, ste_tern, ste_heaviside, dorefa_quantizer, none"
        cure = custom_cure(named, f"{_QUANTIZERS[name]}='ste_sign'")
        chain.refuse(layer.refused(found, allowed, cure))
    return quantized


def _depthwise_kernel(layer: LayerConfig, chain: Chain, multiplier: int) -> Float32Array | None:
    """Weights of a depthwise convolution, OHWI with one channel in a group."""
    channels = None if chain.shape is None else chain.shape.channels
    shape = (*layer.pair("kernel_size"), channels, multiplier)
    kernel = read_kernel(layer, chain, "depthwise_kernel", 0, shape)
    if kernel is None:
        return None
    height, width = kernel.shape[:2]
    ordered: Float32Array = kernel.transpose(2, 3, 0, 1).reshape(-1, height, width, 1)
    return ordered


def read_bias(
    layer: LayerConfig, chain: Chain, index: int, units: int | None
) -> Float32Array | None:
    """The bias of a layer; None where it has none, or zeros."""
    if not layer.flag("use_bias", True):
        return None
    bias = chain.weights.read(layer, "bias", index, (units,))
    return bias if bias.any() else None


LAYERS: Final = {
    "Conv2D": convert_conv,
    "Dense": convert_dense,
    "DepthwiseConv2D": convert_depthwise,
    "SeparableConv2D": convert_separable,
}
