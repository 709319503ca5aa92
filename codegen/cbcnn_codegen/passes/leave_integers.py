"""Joins of integers that float32 would round are computed on floats."""

from __future__ import annotations

from dataclasses import replace

from cbcnn_codegen.ir import EXACT_FLOAT32, Graph, Node
from cbcnn_codegen.ops.add import Add
from cbcnn_codegen.ops.multiply import Multiply
from cbcnn_codegen.ops.to_float import ToFloat
from cbcnn_codegen.passes.rewriting import Rewriting


def leave_integers(graph: Graph) -> Graph:
    """Let sums and products of maps read floats where they may reach 2**24.

    TensorFlow rounds such numbers, and so does the float32 of the documented order; integers would
    be exact, which is another number, and products of products do not fit 32 bits.
    """
    while (large := _first_large(graph)) is not None:
        graph = _Leaving(graph, large).rewrite()
    return graph


def _first_large(graph: Graph) -> Node | None:
    """The first join of integers, one of which may be too large."""
    for node in graph.nodes:
        element = graph.types[node.name].element
        is_join = isinstance(node.op, Add | Multiply) and element.kind == "integers"
        if is_join and element.largest >= EXACT_FLOAT32:
            return node
    return None


class _Leaving(Rewriting):
    """Puts a `ToFloat` in front of one node for each value that it reads."""

    def __init__(self, graph: Graph, large: Node) -> None:
        super().__init__(graph)
        self._large = large

    def visit(self, node: Node) -> None:
        if node is not self._large:
            self.keep(node)
            return
        floats: dict[str, str] = {}
        for name in dict.fromkeys(node.inputs):
            floats[name] = self.fresh(f"{name}/float")
            maker = self.old.node(name)
            as_read = "" if maker is None else maker.as_read
            self.put(Node(ToFloat(floats[name]), (self.now(name),), as_read=as_read))
        self.put(replace(node, inputs=tuple(floats[name] for name in node.inputs)))
