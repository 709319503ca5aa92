"""How many zeros a map of floats is likely to hold.

A processor without a unit for floats takes a third of the time for a product with a zero, so the
cost model asks. Nothing else does: whatever the share is, the C computes the same.
"""

from __future__ import annotations

from math import prod
from typing import Final

from cbcnn_codegen.ir import Graph, Node, Operation
from cbcnn_codegen.ops.add import Add
from cbcnn_codegen.ops.clip import Clip
from cbcnn_codegen.ops.concatenate import Concatenate
from cbcnn_codegen.ops.dorefa import Dorefa
from cbcnn_codegen.ops.heaviside import Heaviside
from cbcnn_codegen.ops.max_pool import MaxPool
from cbcnn_codegen.ops.multiply import Multiply
from cbcnn_codegen.ops.real_block import RealBlock
from cbcnn_codegen.ops.relu import Relu

HALF: Final = 0.5
"""What lies below 0 where nobody looked."""


def share_of_zeros(graph: Graph) -> dict[str, float]:
    """The expected share of zeros, from 0 to 1, by the name of each value."""
    found = {graph.input.name: 0.0}
    for node in graph.nodes:
        found[node.name] = _share(node, [found[name] for name in node.inputs])
    return found


def _share(node: Node, sources: list[float]) -> float:
    op: Operation = node.op
    if isinstance(op, RealBlock):
        op = op.steps[-1] if op.steps else op.product
    match op:
        case Relu() | Heaviside() | Dorefa():
            return HALF
        case Clip(low=low) if low == 0:
            return HALF
        case Add():
            return 0.0 if isinstance(node.op, RealBlock) else prod(sources)
        case Multiply():
            return 1 - prod(1 - share for share in sources)
        case Concatenate():
            return sum(sources) / len(sources)
        case MaxPool(window=window):
            return sources[0] ** max(window.height, window.width)
    return sources[0] if op.is_renaming else 0.0
