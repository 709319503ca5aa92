"""What quantizers make of latent weights, as the numbers that real-valued layers multiply with."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cbcnn_codegen.ir import Float32Array
from cbcnn_codegen.read.quantizers import (
    Function,
    Named,
    flush,
    magnitudes,
    shown_scale,
    signed_bits,
    signs,
)


def quantize(values: Float32Array, named: Named) -> Float32Array | None:
    """The weights of a layer; None for a quantizer of which nothing is known.

    Args:
        values: latent weights, output channels in the last axis.
        named: the quantizer.
    """
    if named.function is Function.DOREFA:
        of = _dorefa if named.options.get("mode") == "weights" else _dorefa_activations
        return of(values, int(named.options.get("k_bit", 2)))
    if (bits := signed_bits(named, "weights")) is not None:
        return _in_steps(values, 2**bits - 2)
    made: dict[Function, Callable[[], Float32Array]] = {
        Function.IDENTITY: lambda: flush(values),
        Function.SIGN: lambda: signs(values, 1).astype(np.float32),
        Function.SIGN_ZERO_NEGATIVE: lambda: signs(values, -1).astype(np.float32),
        Function.MAGNITUDE_AWARE_SIGN: lambda: (signs(values, 1) * magnitudes(values)).astype(
            np.float32
        ),
        Function.SCALED_SIGN: lambda: _scaled_sign(values, named),
        Function.HEAVISIDE: lambda: (flush(values) > 0).astype(np.float32),
        Function.TERNARY: lambda: _ternary(values, named),
    }
    return made[named.function]() if named.function in made else None


def _scaled_sign(values: Float32Array, named: Named) -> Float32Array:
    """Signs, times their scale if there is one."""
    scale = shown_scale(values, named)
    made: Float32Array = signs(values, 1) * (np.float32(1) if scale is None else scale)
    return made.astype(np.float32)


def _ternary(values: Float32Array, named: Named) -> Float32Array:
    """-1, 0 or 1; numbers as large as the threshold are not 0."""
    if named.options.get("ternary_weight_networks"):
        threshold = np.float32(0.7) * np.mean(np.abs(values), dtype=np.float32)
    else:
        threshold = np.float32(named.options.get("threshold_value", 0.05))
    above, below = np.sign(values + threshold), np.sign(values - threshold)
    ternary: Float32Array = np.sign(above + below)
    return ternary


def _dorefa_activations(values: Float32Array, bits: int) -> Float32Array:
    """From 0 to 1 in 2^bits - 1 steps, as Larq quantizes weights with the name of the class."""
    steps = np.float32(2**bits - 1)
    weights: Float32Array = np.rint(np.clip(flush(values), 0, 1) * steps) / steps
    return weights


def _dorefa(values: Float32Array, bits: int) -> Float32Array:
    """From -1 to 1 in 2^bits - 1 steps, by their hyperbolic tangents."""
    return _in_steps(values, 2**bits - 1)


def _in_steps(values: Float32Array, count: int) -> Float32Array:
    """From -1 to 1 in so many steps; ST's weights have an even number, so 0 is one of them."""
    steps = np.float32(count)
    limited = np.tanh(values)
    largest = np.abs(limited).max()
    shares = limited / (np.float32(2) * largest) if largest > 0 else np.zeros_like(limited)
    halves = shares + np.float32(0.5)
    weights: Float32Array = np.float32(2) * (np.rint(halves * steps) / steps) - np.float32(1)
    return weights
