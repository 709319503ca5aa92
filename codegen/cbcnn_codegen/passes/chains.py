"""The pattern of the folding passes: a value, and functions of its single numbers."""

from __future__ import annotations

from typing import NamedTuple

from cbcnn_codegen.ir import Graph, Monotone, Node, Operation
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
