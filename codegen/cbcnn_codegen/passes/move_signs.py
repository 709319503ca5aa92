"""Signs are taken in front of what only moves numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cbcnn_codegen.ir import FLOAT32, SIGNS, Graph, Node, Operation, Shape
from cbcnn_codegen.ops.flatten import Flatten
from cbcnn_codegen.ops.gather import Gather
from cbcnn_codegen.ops.gather_signs import GatherSigns
from cbcnn_codegen.ops.repack_signs import RepackSigns
from cbcnn_codegen.ops.reshape import Reshape
from cbcnn_codegen.ops.sign import Sign
from cbcnn_codegen.passes.chains import chain_to
from cbcnn_codegen.passes.rewriting import Rewriting


def move_signs(graph: Graph) -> Graph:
    """Move signs instead of the numbers that they are signs of.

    The sign of a number is the same at any place, and what fills a place has one, too. So padding,
    cropping, slices and other shapes take bits, and the functions in front of them become integer
    comparisons. Floats stay where they are larger than what is taken of them.
    """
    while (found := _first_moved(graph)) is not None:
        graph = _Moving(graph, found).rewrite()
    return graph


def _first_moved(graph: Graph) -> Node | None:
    """The first sign behind a move, or flattened map of signs."""
    for node in graph.nodes:
        if isinstance(node.op, Flatten) and graph.types[node.inputs[0]].element == SIGNS:
            return node
        before = graph.node(node.inputs[0]) if isinstance(node.op, Sign) else None
        if before is None or not isinstance(before.op, Flatten | Gather | Reshape):
            continue
        start = graph.types[chain_to(graph, before.inputs[0]).start]
        read, made = (graph.types[name].shape.size for name in (before.inputs[0], before.name))
        if start.element != FLOAT32 or made >= read:
            return node
    return None


class _Moving(Rewriting):
    """Puts the sign in front of the move."""

    def __init__(self, graph: Graph, moved: Node) -> None:
        super().__init__(graph)
        self._moved = moved

    def visit(self, node: Node) -> None:
        if node is not self._moved:
            self.keep(node)
            return
        sign = node.op if isinstance(node.op, Sign) else Sign(node.name, 1)
        move = self.old.maker(node.inputs[0]) if isinstance(node.op, Sign) else node
        read = move.inputs[0]
        if self.old.types[read].element != SIGNS:
            read = self.fresh(f"{node.name}/signs")
            self.keep(Node(replace(sign, name=read), move.inputs, node.source))
        op = _on_signs(node.name, move.op, self.old.types[move.name].shape, sign.zero)
        self.keep(replace(node, op=op, inputs=(read,)))


def _on_signs(name: str, move: Operation, shape: Shape, zero: int) -> Operation:
    if isinstance(move, Gather):
        fill = float(zero) if move.fill == 0 else float(np.sign(move.fill))
        return GatherSigns(name, *move.sides, fill)
    return RepackSigns(name, shape)
