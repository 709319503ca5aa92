"""What one image integer is worth moves into the first operation that reads the image."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cbcnn_codegen.ir import BatchNorm, Conv, Dense, Flatten, Graph, MaxPool, Sign


def fold_input_scale(graph: Graph) -> Graph:
    """Make `Input.scale` 1.

    A convolution of `scale * x` is `scale` times the convolution of `x`, with the padding value in
    units of `scale`. Where the image meets a batch norm first, another one that multiplies with
    `scale` alone stands in front of it. A sign does not see a positive scale.
    """
    scale = graph.input.scale
    if scale == 1.0:
        return graph
    if scale <= 0:
        raise ValueError(f"the input scale {scale} is not positive")
    unscaled = replace(graph.input, scale=1.0)
    first = next((op for op in graph.ops if not isinstance(op, MaxPool | Flatten)), None)
    match first:
        case Conv() | Dense():
            units = len(first.weights)
            old = np.ones(units, np.float32) if first.multiplier is None else first.multiplier
            with np.errstate(over="ignore"):  # check_finite says which layer it is
                multiplier = (np.float32(scale) * old).astype(np.float32)
            scaled = replace(first, multiplier=multiplier)
            if isinstance(scaled, Conv):
                scaled = replace(scaled, pad=float(round(scaled.pad / scale)))
            ops = tuple(scaled if op is first else op for op in graph.ops)
        case None | Sign():
            ops = graph.ops
        case _:
            name = graph.free_name("input/scale")
            ops = (_multiplication(name, scale, graph.input.shape.channels), *graph.ops)
    return replace(graph, input=unscaled, ops=ops)


def _multiplication(name: str, scale: float, channels: int) -> BatchNorm:
    """A batch norm that computes `x * scale` and nothing else."""
    zeros = np.zeros(channels, np.float32)
    gamma = np.full(channels, scale, np.float32)
    return BatchNorm(name, gamma, zeros, zeros, np.ones_like(zeros), 0.0, fused=False)
