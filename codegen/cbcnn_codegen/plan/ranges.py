"""How large accumulators get, and thresholds cut to that range."""

from __future__ import annotations

import numpy as np

from cbcnn_codegen.ir import BinarizeInput, BinaryConv, BinaryDense, Input, Int32Array, Map

_WIDEST = np.iinfo(np.int32)


def largest_accumulator(
    op: BinaryConv | BinaryDense | BinarizeInput, source: Map, image: Input
) -> int:
    """A bound of the magnitude of what the operation compares."""
    largest = max(abs(limit) for limit in image.limits)
    if isinstance(op, BinarizeInput):
        return largest
    fan_in = int(op.weights[0].size)
    if source.kind == "signs":
        return fan_in
    return fan_in * max(largest, abs(op.pad) if isinstance(op, BinaryConv) else 0)


def clipped_thresholds(
    op: BinaryConv | BinaryDense | BinarizeInput, source: Map, image: Input
) -> Int32Array:
    """Thresholds beyond every accumulator moved to the nearest one that decides the same.

    A threshold of -largest is always reached, one of largest + 1 never.
    """
    if op.thresholds is None:
        raise ValueError(f"{op.name} has no thresholds")
    largest = largest_accumulator(op, source, image)
    high = min(largest + 1, _WIDEST.max)
    return np.clip(op.thresholds, -largest, high).astype(np.int32)
