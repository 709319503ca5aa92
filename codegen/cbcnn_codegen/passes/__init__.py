"""From the network as read to integer arithmetic, one idea per pass.

Every pass is a pure function from graph to graph that changes nothing that can be observed: the
reference interpreter computes the same signs, accumulators and classes before and after it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from cbcnn_codegen.ir import (
    BinarizeInput,
    BinaryConv,
    BinaryDense,
    Graph,
    PoolSigns,
    Scores,
)
from cbcnn_codegen.passes.check_finite import check_finite
from cbcnn_codegen.passes.fold_input_scale import fold_input_scale
from cbcnn_codegen.passes.fold_scores import fold_scores
from cbcnn_codegen.passes.fold_thresholds import fold_thresholds
from cbcnn_codegen.passes.fuse_blocks import fuse_blocks
from cbcnn_codegen.passes.merge_flatten import merge_flatten

__all__ = ["PASSES", "lower"]

Pass = Callable[[Graph], Graph]

PASSES: Final[tuple[Pass, ...]] = (
    fold_input_scale,
    check_finite,
    merge_flatten,
    fold_thresholds,
    fold_scores,
    fuse_blocks,
)

LOWERED: Final = (BinarizeInput, BinaryConv, BinaryDense, PoolSigns, Scores)


def lower(graph: Graph) -> Graph:
    """Run every pass and check the graph after each.

    Returns:
        A graph of `BinarizeInput`, `BinaryConv`, `BinaryDense`, `PoolSigns` and, at the end,
        `Scores`.

    Raises:
        UnsupportedLayerError: the chain of operations has no integer form.
    """
    graph.check()
    for step in PASSES:
        graph = step(graph)
        graph.check()
    for op in graph.ops:
        if not isinstance(op, LOWERED):
            raise ValueError(f"{op.name}: {type(op).__name__} is left after lowering")
    return graph
