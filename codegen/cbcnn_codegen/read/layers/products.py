"""Convolutions and dense layers with binary weights."""

from __future__ import annotations

from typing import Final

import numpy as np

from cbcnn_codegen.ir import EXACT_FLOAT32, Float32Array, Product, SumError, Window
from cbcnn_codegen.ops.affine import Affine
from cbcnn_codegen.ops.conv import Conv
from cbcnn_codegen.ops.dense import Dense
from cbcnn_codegen.read.chain import Chain
from cbcnn_codegen.read.layer_config import LayerConfig
from cbcnn_codegen.read.layers import kernels, reals
from cbcnn_codegen.read.layers.activations import apply_option
from cbcnn_codegen.read.layers.kernels import Kernel, ReadKernel
from cbcnn_codegen.read.layers.pooling import (
    has_channels_last,
    is_map,
    output_size,
    padding_of,
    place_window,
)
from cbcnn_codegen.read.layers.quantized_inputs import quantize_input
from cbcnn_codegen.read.quantizers import Function, quantizer
from cbcnn_codegen.read.rounding import Values, WeightSizes, sum_error
from cbcnn_inputs.model_files.limits import quote

TOLERANCE = 1e-6
"""Relative tolerance for a padding value that should be a multiple of the input's scale."""


def convert_quant_conv(layer: LayerConfig, chain: Chain) -> None:
    """Larq's QuantConv2D."""
    quantize_input(layer, chain)
    if _is_real(layer, chain) or _is_spread(layer):
        reals.convert_conv(layer, chain)
    else:
        _convert_conv(layer, chain, kernels.read_quantized)


def convert_quant_depthwise(layer: LayerConfig, chain: Chain) -> None:
    """Larq's QuantDepthwiseConv2D, on floats whatever it reads."""
    quantize_input(layer, chain)
    reals.convert_depthwise(layer, chain)


def convert_quant_separable(layer: LayerConfig, chain: Chain) -> None:
    """Larq's QuantSeparableConv2D, on floats whatever it reads."""
    quantize_input(layer, chain)
    reals.convert_separable(layer, chain)


def convert_quant_dense(layer: LayerConfig, chain: Chain) -> None:
    """Larq's QuantDense."""
    quantize_input(layer, chain)
    if _is_real(layer, chain):
        reals.convert_dense(layer, chain)
    else:
        _convert_dense(layer, chain, kernels.read_quantized)


def convert_binary_conv(layer: LayerConfig, chain: Chain) -> None:
    """The CBCNN authors' BinaryConv2D."""
    _require_integers(layer, chain, "Activation('binary_tanh') in front of it")
    _convert_conv(layer, chain, kernels.read_scaled)


def convert_binary_dense(layer: LayerConfig, chain: Chain) -> None:
    """The CBCNN authors' BinaryDense."""
    _require_integers(layer, chain, "Activation('binary_tanh') in front of it")
    _convert_dense(layer, chain, kernels.read_scaled)


_BINARY: Final = (
    Function.SIGN,
    Function.SIGN_ZERO_NEGATIVE,
    Function.MAGNITUDE_AWARE_SIGN,
    Function.SCALED_SIGN,
)


def _is_real(layer: LayerConfig, chain: Chain) -> bool:
    """Does the layer read real numbers, or multiply with more than two?"""
    named = quantizer(layer.get("kernel_quantizer"))
    if chain.kind == "reals":
        return True
    if named.function in _BINARY or named.function is Function.OTHER:
        return False
    return named.function is not Function.IDENTITY or not kernels.is_binary(layer, chain)


def _is_spread(layer: LayerConfig) -> bool:
    """Do taps or groups keep a convolution from the kernels of signs?"""
    return layer.pair("dilation_rate", (1, 1)) != (1, 1) or layer.get("groups", 1) != 1


def _require_integers(layer: LayerConfig, chain: Chain, suggestion: str) -> None:
    if chain.kind == "reals":
        chain.refuse(
            layer.refused(
                "real numbers as input, which nothing binarizes",
                "signs, or in the first layer the image",
                suggestion,
            )
        )
        chain.kind = "signs"


def _convert_conv(layer: LayerConfig, chain: Chain, read_kernel: ReadKernel) -> None:
    window = Window(*layer.pair("kernel_size"), *layer.pair("strides", (1, 1)))
    padding = padding_of(layer)
    filters = layer.size("filters")
    sound = [has_channels_last(layer, chain), is_map(layer, chain), _is_plain(layer, chain)]
    if not all(sound):
        chain.lose_track()
        chain.kind = "reals"
        return
    shape = chain.shape
    channels = None if shape is None else shape.channels
    kernel = read_kernel(layer, chain, (window.height, window.width, channels, filters))
    bias = _read_bias(layer, chain, filters)
    if shape is not None:
        placed = place_window(layer, window, padding, shape)
        rows, columns = output_size(layer, placed, shape._replace(channels=filters))
        pad = _pad_value(layer, chain) if any(placed.padding) else 0.0
        _check_exact(layer, chain, kernel, pad)
        error = _sum_error(chain, kernel, pad)
        weights = np.ascontiguousarray(kernel.signs.transpose(3, 0, 1, 2))
        _emit(layer, chain, Conv(layer.name, weights, placed, pad), kernel, bias, error)
        chain.dimensions = (rows, columns, filters)
    chain.kind = "reals"
    apply_option(layer, chain)


def _convert_dense(layer: LayerConfig, chain: Chain, read_kernel: ReadKernel) -> None:
    """On a map a dense layer is a 1x1 convolution: it acts on the last axis."""
    units, dimensions = layer.size("units"), chain.dimensions
    if dimensions is not None and len(dimensions) == 2 and not chain.sequences:
        chain.refuse(
            layer.refused(f"a value of shape {dimensions}", "a vector", "Flatten in front of it")
        )
        chain.lose_track()
        chain.kind = "reals"
        return
    kernel = read_kernel(layer, chain, (None if dimensions is None else dimensions[-1], units))
    bias = _read_bias(layer, chain, units)
    if dimensions is not None:
        _check_exact(layer, chain, kernel, 0.0)
        error = _sum_error(chain, kernel, 0.0)
        weights = np.ascontiguousarray(kernel.signs.T).reshape(units, 1, 1, -1)
        if len(dimensions) == 1:
            _emit(layer, chain, Dense(layer.name, weights), kernel, bias, error)
        else:
            conv = Conv(layer.name, weights, Window(1, 1, 1, 1))
            _emit(layer, chain, conv, kernel, bias, error)
        chain.dimensions = (*dimensions[:-1], units)
    chain.kind = "reals"
    apply_option(layer, chain)


def _emit(
    layer: LayerConfig,
    chain: Chain,
    op: Product,
    kernel: Kernel,
    bias: Float32Array | None,
    error: SumError | None,
) -> None:
    """A product, and what its sums are worth."""
    chain.emit(op, "reals")
    if kernel.multiplier is None and bias is None and error is None:
        return
    worth = Affine(chain.part_of(layer, "scale"), kernel.multiplier, bias, error)
    chain.emit(worth, "reals")
    if error is not None and error.rounding.any():
        chain.note(
            f"layer {quote(layer.name)} has weights of -H and +H, whose sums TensorFlow rounds to "
            "float32, while the generated code counts; channels in which that can change a sign "
            "are reported as knife edges"
        )


def _sum_error(chain: Chain, kernel: Kernel, pad: float) -> SumError | None:
    """The error that TensorFlow's rounding makes in the sums of a layer."""
    terms, units = kernel.signs[..., 0].size, kernel.signs.shape[-1]
    size = np.ones(units, np.float32) if kernel.multiplier is None else kernel.multiplier
    own = np.zeros(units) if kernel.mean_error is None else kernel.mean_error
    weights = WeightSizes(size, terms, kernel.are_summed, own)
    if chain.kind != "plane":
        return sum_error(weights, Values())
    domain = chain.image_domain()
    steps = pad / domain.scale
    off = max(chain.image_rounding(), abs(float(np.float32(pad)) / domain.scale - round(steps)))
    largest = max(domain.largest, abs(round(steps)))
    return sum_error(weights, Values(largest, domain.scale, off))


def _is_plain(layer: LayerConfig, chain: Chain) -> bool:
    """Whether it is neither dilated nor grouped; remembers problems if it is."""
    plain = True
    dilation = layer.pair("dilation_rate", (1, 1))
    if dilation != (1, 1):
        plain = False
        chain.refuse(
            layer.refused(
                f"dilation_rate={dilation}",
                "dilation_rate=(1, 1)",
                "two stacked 3x3 layers, which reach as far",
            )
        )
    if layer.get("groups", 1) != 1:
        plain = False
        found = f"groups={quote(layer.get('groups'))}"
        chain.refuse(layer.refused(found, "groups=1", "a convolution of all channels"))
    return plain


def _read_bias(layer: LayerConfig, chain: Chain, units: int) -> Float32Array | None:
    if not layer.flag("use_bias", True):
        return None
    bias = chain.weights.read(layer, "bias", 1, (units,))
    return bias if bias.any() else None


def _pad_value(layer: LayerConfig, chain: Chain) -> float:
    """The real value of a padding pixel, which is not quantized: it must be one of the integers."""
    value = layer.number("pad_values", 0.0)
    if chain.kind != "plane":
        if value not in (0.0, 1.0, -1.0):
            found = f"pad_values={value}"
            chain.refuse(layer.refused(found, "0, 1 or -1", "pad_values=0"))
        return value
    scale = chain.image_domain().scale
    if abs(value) >= scale * EXACT_FLOAT32:
        allowed = f"less than {scale * EXACT_FLOAT32:.9g}, up to where float32 is exact"
        chain.refuse(layer.refused(f"pad_values={value}", allowed, "pad_values=0"))
        return 0.0
    multiple = round(value / scale)
    if abs(value / scale - multiple) > TOLERANCE * max(1, abs(multiple)):
        chain.refuse(
            layer.refused(
                f"pad_values={value}",
                f"a multiple of {scale:.9g}, which is what one step of the image is worth",
                f"pad_values={multiple * scale:.9g}",
            )
        )
    return multiple * scale


def _check_exact(layer: LayerConfig, chain: Chain, kernel: Kernel, pad: float) -> None:
    """Remember a problem unless every sum stays exact in float32, the reference's numbers."""
    fan_in = kernel.signs[..., 0].size
    largest = 1
    if chain.kind == "plane":
        domain = chain.image_domain()
        largest = max(domain.largest, abs(round(pad / domain.scale)))
    if fan_in * largest >= EXACT_FLOAT32:
        chain.refuse(
            layer.refused(
                f"sums of {fan_in} products of up to {largest}: {fan_in * largest}",
                f"less than {EXACT_FLOAT32}, up to where float32 is exact",
                "fewer inputs to the layer, or a smaller range of the image",
            )
        )


LAYERS: Final = {
    "BinaryConv2D": convert_binary_conv,
    "BinaryDense": convert_binary_dense,
    "QuantConv2D": convert_quant_conv,
    "QuantDense": convert_quant_dense,
    "QuantDepthwiseConv2D": convert_quant_depthwise,
    "QuantSeparableConv2D": convert_quant_separable,
}
