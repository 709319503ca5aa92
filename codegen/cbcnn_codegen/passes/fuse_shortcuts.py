"""A convolution of signs on 16-bit integers and the sum behind it become one operation."""

from __future__ import annotations

from dataclasses import replace

from cbcnn_codegen.ir import Graph, Node
from cbcnn_codegen.ops.quantized_add import QuantizedAdd
from cbcnn_codegen.ops.rescaled_conv import RescaledConv
from cbcnn_codegen.passes.rewriting import Rewriting


def fuse_shortcuts(graph: Graph) -> Graph:
    """Let the kernel of a convolution add what a shortcut brings, where nothing else reads its map.

    The sum then takes the place of the shortcut's map, and no third map is needed. Of two
    convolutions that are added, the later one adds the other.
    """
    return _Fusing(graph).rewrite()


class _Fusing(Rewriting):
    """Puts the convolution where the sum stood: whatever that adds has been made there."""

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        found = ((self._convolution(node), node) for node in graph.nodes)
        self._sums = {conv.name: node for conv, node in found if conv is not None}

    def _convolution(self, node: Node) -> Node | None:
        """The one that a sum of two maps takes in."""
        if not isinstance(node.op, QuantizedAdd) or len(set(node.inputs)) != 2:
            return None
        *_, found = (None, *(other for other in self.old.nodes if self._is_taken(other, node)))
        return found

    def _is_taken(self, node: Node, by: Node) -> bool:
        is_conv = isinstance(node.op, RescaledConv) and node.op.add is None
        is_read_elsewhere = node.name in self.old.outputs or self.old.readers(node.name) != (by,)
        return is_conv and node.name in by.inputs and not is_read_elsewhere

    def visit(self, node: Node) -> None:
        if node.name in self._sums:
            return
        conv = next((name for name, add in self._sums.items() if add.name == node.name), None)
        if conv is None:
            self.keep(node)
        else:
            self._put(self.old.maker(conv), node)

    def _put(self, conv: Node, node: Node) -> None:
        assert isinstance(conv.op, RescaledConv), "see _is_taken"
        assert isinstance(node.op, QuantizedAdd), "see _convolution"
        first, second = node.inputs
        add, other = node.op, second
        if conv.name == second:
            add, other = replace(add, left=add.left[::-1]), first
        op = replace(conv.op, name=node.name, add=add)
        self.put(replace(node, op=op, inputs=tuple(map(self.now, (*conv.inputs, other)))))
