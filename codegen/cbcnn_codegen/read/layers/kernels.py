"""Reads binary weights: the signs of a kernel, and what one product is worth."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from cbcnn_codegen.ir import Float32Array, Float64Array, Int8Array
from cbcnn_codegen.read.chain import Chain
from cbcnn_codegen.read.layer_config import LayerConfig
from cbcnn_codegen.read.quantizers import (
    SIGN_NAMES,
    Function,
    Named,
    common_magnitudes,
    custom_cure,
    flush,
    magnitudes,
    quantizer,
    shown_scale,
    signs,
)
from cbcnn_codegen.read.rounding import mean_error
from cbcnn_inputs.model_files.limits import quote

KernelShape = tuple[int | None, ...]


class Kernel(NamedTuple):
    """Signs in the order of Keras, and what a product of 1 is worth.

    Attributes:
        multiplier: per output channel; None for 1.
        are_summed: TensorFlow sums multiples of it; if not, it sums signs and multiplies once.
        mean_error: share of its size by which TensorFlow's own one may differ; None for none.
    """

    signs: Int8Array
    multiplier: Float32Array | None
    are_summed: bool = False
    mean_error: Float64Array | None = None


ReadKernel = Callable[[LayerConfig, Chain, KernelShape], Kernel]


def read_quantized(layer: LayerConfig, chain: Chain, shape: KernelShape) -> Kernel:
    """The kernel of a Larq layer, by its `kernel_quantizer`.

    Files saved in `larq.context.quantized_scope(True)` hold quantized values, others the latent
    ones; every quantizer here makes the same of both.
    """
    values = chain.weights.read(layer, "kernel", 0, shape)
    named = quantizer(layer.get("kernel_quantizer"))
    match named.function:
        case Function.SIGN:
            return Kernel(signs(values, 1), None)
        case Function.SIGN_ZERO_NEGATIVE:
            return Kernel(signs(values, -1), None)
        case Function.MAGNITUDE_AWARE_SIGN:
            return _scaled(signs(values, 1), magnitudes(values), mean_error(flush(values)))
        case Function.SCALED_SIGN:
            return _scaled_sign(layer, chain, values, named)
        case Function.IDENTITY:
            return _already_binary(layer, chain, values, named.name)
    chain.refuse(
        layer.refused(
            f"kernel_quantizer={named.name}",
            f"{SIGN_NAMES}, or magnitude_aware_sign",
            custom_cure(named, "kernel_quantizer='ste_sign'"),
        )
    )
    return Kernel(signs(values, 1), None)


def _scaled_sign(layer: LayerConfig, chain: Chain, values: Float32Array, named: Named) -> Kernel:
    """A sign times a scale: one that the user named, or that quantized weights show."""
    scale = shown_scale(values, named)
    if scale is None:
        chain.note(
            f"the weights of layer {quote(layer.name)} do not show a scale; its quantizer counts "
            "as a plain sign. If its scale is the mean of magnitudes, say magnitude_aware_sign"
        )
        return Kernel(signs(values, 1), None)
    if named.options.get("scale") == "shown":
        return _scaled(signs(values, 1), scale)
    clipped = np.clip(flush(values), -1, 1) if named.options["scale"] == "clipped" else None
    summed = flush(values).reshape(-1, 1) if clipped is None else clipped
    error = np.broadcast_to(mean_error(summed), scale.shape).copy()
    return _scaled(signs(values, 1), scale, error)


def is_binary(layer: LayerConfig, chain: Chain) -> bool:
    """Are weights without a quantizer -H and +H in every output channel?"""
    filters = layer.get("filters", layer.get("units"))
    rank = 4 if "filters" in layer.options else 2
    values = chain.weights.read(layer, "kernel", 0, (*[None] * (rank - 1), filters))
    return common_magnitudes(values) is not None


def read_scaled(layer: LayerConfig, chain: Chain, shape: KernelShape) -> Kernel:
    """The kernel of a layer of the CBCNN authors: -H where the latent weight is <= 0, else +H.

    Their own code rounds `(w / H + 1) / 2` to the nearest integer, ties to the even one, so a
    weight of zero is 0, which stands for -1. In float32 that also takes positive weights up to
    `H * 2**-24` for zero; these get a note.
    """
    values = chain.weights.read(layer, "kernel", 0, shape)
    scale = np.float32(_resolve_scale(layer, values.shape))
    lost = flush(values)
    if ((lost > 0) & (lost <= scale * np.float32(2.0**-24))).any():
        chain.note(
            f"layer {quote(layer.name)} has weights just above 0; they count as +H here, "
            "while rounding in float32 would make them -H"
        )
    multiplier = np.full(values.shape[-1], scale, np.float32)
    return Kernel(signs(values, -1), None if scale == 1 else multiplier)


def _resolve_scale(layer: LayerConfig, shape: tuple[int, ...]) -> float:
    """H: a number, or "Glorot" for `sqrt(1.5 / (fan_in + fan_out))`."""
    if layer.get("H", 1.0) == "Glorot":
        area = math.prod(shape[:-2])
        return math.sqrt(1.5 / (area * shape[-2] + area * shape[-1]))
    scale = layer.number("H", 1.0)
    if not np.finfo(np.float32).tiny <= scale <= np.finfo(np.float32).max:
        raise layer.damaged("H", scale, "a positive number that float32 holds, or 'Glorot'")
    return scale


def _already_binary(layer: LayerConfig, chain: Chain, values: Float32Array, name: str) -> Kernel:
    """Weights without a quantizer, which must be -H or +H in every output channel."""
    scale = common_magnitudes(values)
    if scale is None:
        chain.refuse(
            layer.refused(
                f"kernel_quantizer={name} and weights that are not binary",
                "weights of -H and +H, one H for each output channel",
                "kernel_quantizer='ste_sign'",
            )
        )
        return Kernel(signs(values, 1), None)
    return _scaled(signs(values, 1), scale)


def _scaled(
    binary: Int8Array, scale: Float32Array, own_error: Float64Array | None = None
) -> Kernel:
    plain = bool((scale == 1).all()) and (own_error is None or not own_error.any())
    return Kernel(binary, None if plain else scale, are_summed=True, mean_error=own_error)
