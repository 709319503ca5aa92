"""What passes share that go through a graph node by node."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Final

from cbcnn_codegen.ir import Graph, Node, free_name
from cbcnn_codegen.passes.chains import NodeChain


class Rewriting(ABC):
    """Makes a graph from another one, node by node in order.

    Attributes:
        old: the graph that is read.
        nodes: those of the new one so far.
    """

    def __init__(self, graph: Graph) -> None:
        self.old: Final = graph
        self.nodes: list[Node] = []
        self._renamed: dict[str, str] = {}
        self._taken = {graph.input.name, *(node.name for node in graph.nodes)}

    @abstractmethod
    def visit(self, node: Node) -> None:
        """Put the successor of an old node into the new graph."""

    def rewrite(self) -> Graph:
        """The new graph, without nodes that lead to no output."""
        for node in self.old.nodes:
            self.visit(node)
        outputs = tuple(map(self.output, self.old.outputs))
        return replace(self.old, outputs=outputs).with_nodes(self.nodes)

    def now(self, name: str) -> str:
        """The value of the new graph that replaces a value of the old one."""
        return self._renamed.get(name, name)

    def output(self, name: str) -> str:
        """The output of the new graph in place of the old output `name`."""
        return self.now(name)

    def keep(self, node: Node) -> None:
        """Put a node of the old graph into the new one."""
        self.put(replace(node, inputs=tuple(map(self.now, node.inputs))))

    def put(self, node: Node) -> None:
        """Put a node into the new graph; it takes the place of one of the same name."""
        self.nodes = [other for other in self.nodes if other.name != node.name]
        self.nodes.append(node)

    def rename(self, old: str, new: str) -> None:
        """Let a value of the new graph replace a value of the old one."""
        self._renamed[old] = new

    def inherit(self, wanted: str, chain: NodeChain) -> str:
        """The name of an old value, for a new one in its place.

        It is the same name if the old value is gone: nothing but the chain reads it, nor what the
        chain makes of it on the way to its end.
        """
        links = {node.name for node in chain.nodes}
        names = [chain.start, *(node.name for node in chain.nodes)]
        behind = names[names.index(wanted) : -1]
        kept = (
            name in self.old.outputs
            or any(reader.name not in links for reader in self.old.readers(name))
            for name in behind
        )
        return self.fresh(f"{wanted}/{chain.end}") if any(kept) else wanted

    def fresh(self, wanted: str) -> str:
        """A name that no value of either graph has."""
        name = free_name(wanted, self._taken)
        self._taken.add(name)
        return name
