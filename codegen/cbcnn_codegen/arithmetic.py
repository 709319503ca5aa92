"""Float32 arithmetic of Keras at inference, in the operation order that the numeric contract names.

The passes fold these functions into integers and the reference interpreter runs them, so both mean
the same numbers. TensorFlow flushes denormal results to zero; so does everything here.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cbcnn_codegen.ir import BatchNorm, Float32Array

FloatArray = npt.NDArray[np.floating[Any]]

SMALLEST_NORMAL: Final = np.finfo(np.float32).tiny


def flush_denormals(values: FloatArray) -> FloatArray:
    """Values whose magnitude is below the smallest normal float32 become zero, in place."""
    values[np.abs(values) < SMALLEST_NORMAL] = 0
    return values


def inverse_deviation(norm: BatchNorm) -> Float32Array:
    """`gamma / sqrt(variance + epsilon)` per channel, in float32 as Keras does it."""
    deviation = np.sqrt(norm.variance + np.float32(norm.epsilon))
    return flush_denormals((np.float32(1) / deviation) * norm.gamma).astype(np.float32)


def batch_norm(norm: BatchNorm, x: FloatArray) -> FloatArray:
    """What Keras computes for `x`, whose last axis is the channel; `x` is float32."""
    return batch_norm_with(norm, inverse_deviation(norm), x, fused=norm.fused)


def batch_norm_with(
    norm: BatchNorm, inverse: FloatArray, x: FloatArray, *, fused: bool
) -> FloatArray:
    """Batch norm with a given inverse deviation, in the dtype of its arguments.

    Source: `tf.nn.batch_normalization` for rank 2, TensorFlow's fused CPU kernel for rank 4.
    """
    mean, beta = norm.mean.astype(x.dtype), norm.beta.astype(x.dtype)
    if fused:
        return flush_denormals(flush_denormals((x - mean) * inverse) + beta)
    offset = flush_denormals(beta - flush_denormals(mean * inverse))
    return flush_denormals(flush_denormals(x * inverse) + offset)


def affine_scores(
    accumulators: npt.NDArray[Any], multiplier: Float32Array, offset: Float32Array
) -> FloatArray:
    """`float32(float32(x * multiplier) + offset)`; `x` below 2**24 is exact in float32."""
    scaled = flush_denormals(accumulators.astype(np.float32) * multiplier)
    return flush_denormals(scaled + offset)
