"""The pattern of the folding passes: a value, and functions of its single numbers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cbcnn_codegen.ir import Float32Array, Graph, Monotone, Node, Operation, Product
from cbcnn_codegen.ops.flatten import Flatten
from cbcnn_codegen.ops.max_pool import MaxPool


class NodeChain(NamedTuple):
    """Operations in a row, each of which reads one value.

    Attributes:
        start: name of the value that the first one reads.
        nodes: in order; monotone functions of single numbers, maxima over windows, and Flatten.
    """

    start: str
    nodes: tuple[Node, ...]

    @property
    def end(self) -> str:
        """Name of the value that the last one makes."""
        return self.nodes[-1].name if self.nodes else self.start


def is_link(op: Operation) -> bool:
    """Whether the operation can stand in a chain."""
    return isinstance(op, Monotone | MaxPool | Flatten)


def chain_to(graph: Graph, end: str) -> NodeChain:
    """The longest chain that makes a value."""
    nodes: list[Node] = []
    name = end
    while (node := graph.node(name)) is not None and is_link(node.op):
        nodes.append(node)
        name = node.inputs[0]
    return NodeChain(name, tuple(reversed(nodes)))


def chain_of_scores(graph: Graph, end: str) -> NodeChain | None:
    """The chain from sums of integers to scores: a line of each, and one maximum at most.

    None if the value is made in another way.
    """
    chain = chain_to(graph, end)
    maker = graph.node(chain.start)
    if maker is None or graph.types[chain.start].element.kind != "integers":
        return None
    pools = [node for node in chain.nodes if isinstance(node.op, MaxPool)]
    functions = [node for node in chain.nodes if not isinstance(node.op, MaxPool | Flatten)]
    if len(pools) > isinstance(maker.op, Product):
        return None
    return chain if all(as_affine(node.op, 1) is not None for node in functions) else None


def as_affine(op: Operation, channels: int) -> tuple[Float32Array, Float32Array] | None:
    """M and o, if the operation is `x * m + o` up to rounding; None if it is not."""
    with np.errstate(over="ignore", invalid="ignore"):
        return op.as_affine(channels) if isinstance(op, Monotone) else None
