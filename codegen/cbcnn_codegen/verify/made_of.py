"""How large the numbers are that a network's outputs are made of.

What is left of a difference is small, and a batch norm of a small variance enlarges it. Float32
rounds the numbers that it is left of, so they are the measure of how far it may be off.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cbcnn_codegen.ir import FLOAT32, Graph

Array = npt.NDArray[Any]

NOISE: Final = 2.0**-20
"""Of the largest number of a map: small beside it, and larger than what rounding adds."""


def sizes_of_outputs(graph: Graph, planes: Array) -> tuple[npt.NDArray[np.float64], ...]:
    """The size of each output for each image, float64 [N].

    Every map of floats is moved a little at random, relative to its largest number. How far an
    output moves, divided by that little, is how large the numbers are that it is made of. Signs
    and steps stay, because those that differ are failures of their own.

    Args:
        graph: as it was read.
        planes: images, N x height x width x channels.
    """
    random = np.random.default_rng(0)
    clean = {graph.input.name: graph.input.compute(planes)}
    moved = dict(clean)
    for node in graph.nodes:
        value = clean[node.name] = node.op.compute(*(clean[name] for name in node.inputs))
        if node.op.is_quantizer:
            moved[node.name] = value
            continue
        made = node.op.compute(*(moved[name] for name in node.inputs))
        if graph.types[node.name].element == FLOAT32:
            step = NOISE * np.abs(value).max(axis=(1, 2, 3), keepdims=True)
            made = (made + step * random.uniform(-1, 1, made.shape)).astype(np.float32)
        moved[node.name] = made
    return tuple(_distance(moved[name], clean[name]) / NOISE for name in graph.outputs)


def _distance(one: Array, other: Array) -> npt.NDArray[np.float64]:
    """The largest difference of each image."""
    off = np.abs(one.astype(np.float64) - other.astype(np.float64))
    largest: npt.NDArray[np.float64] = off.reshape(len(off), -1).max(axis=1, initial=0)
    return largest
