"""Operations that join three values or more become several that join two."""

from __future__ import annotations

from dataclasses import replace

from cbcnn_codegen.ir import Graph, Node
from cbcnn_codegen.ops.add import Add
from cbcnn_codegen.ops.concatenate import Concatenate
from cbcnn_codegen.ops.maximum import Maximum
from cbcnn_codegen.ops.multiply import Multiply
from cbcnn_codegen.passes.rewriting import Rewriting


def pair_joins(graph: Graph) -> Graph:
    """Join the first two values, then the result and the third one, and so on: kernels read two."""
    return _Pairing(graph).rewrite()


class _Pairing(Rewriting):
    def visit(self, node: Node) -> None:
        if not isinstance(node.op, Add | Concatenate | Maximum | Multiply) or len(node.inputs) <= 2:
            self.keep(node)
            return
        first, *others, last = map(self.now, node.inputs)
        for other in others:
            made = self.fresh(f"{node.name}/part")
            self.put(Node(replace(node.op, name=made), (first, other)))
            first = made
        self.put(replace(node, inputs=(first, last)))
