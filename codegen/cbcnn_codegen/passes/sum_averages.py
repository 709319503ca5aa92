"""Averages of integers become sums, and a division behind them."""

from __future__ import annotations

from dataclasses import replace

from cbcnn_codegen.ir import EXACT_FLOAT32, FLOAT32, NO_PADDING, Graph, Node
from cbcnn_codegen.ops.average_pool import AveragePool
from cbcnn_codegen.ops.divide import Divide
from cbcnn_codegen.ops.sum_pool import SumPool
from cbcnn_codegen.passes.rewriting import Rewriting


def sum_averages(graph: Graph) -> Graph:
    """Let averages of signs and integers add integers, so that later passes can fold them.

    TensorFlow adds them as float32, in which every sum below 2**24 is exact, whatever its order;
    then it divides once. The quotient of a sum is a monotone function of it, rounding included, so
    a sign behind it is one comparison. Windows that reach over the edge divide by other numbers
    there, and stay as they are.
    """
    return _Summing(graph).rewrite()


class _Summing(Rewriting):
    def visit(self, node: Node) -> None:
        op, (element, _) = node.op, self.old.types[node.inputs[0]]
        if not isinstance(op, AveragePool) or element == FLOAT32:
            self.keep(node)
            return
        count = op.window.height * op.window.width
        if op.window.padding != NO_PADDING or count * element.largest >= EXACT_FLOAT32:
            self.keep(node)
            return
        sums = SumPool(self.fresh(f"{node.name}/sum"), op.window)
        self.keep(replace(node, op=sums, as_read=""))
        self.put(replace(node, op=Divide(node.name, count), inputs=(sums.name,)))
