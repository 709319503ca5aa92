"""Computes in float32 whatever is no integer arithmetic."""

from __future__ import annotations

from dataclasses import replace

from cbcnn_codegen.ir import FLOAT32, SIGNS, Graph, Node
from cbcnn_codegen.ops.affine import Affine
from cbcnn_codegen.ops.real_scores import RealScores
from cbcnn_codegen.ops.scores import Scores
from cbcnn_codegen.ops.sign import Sign
from cbcnn_codegen.ops.sign_scores import SignScores
from cbcnn_codegen.ops.to_float import ToFloat
from cbcnn_codegen.passes.rewriting import Rewriting


def to_floats(graph: Graph) -> Graph:
    """Let operations of real numbers read floats, and put out floats that are scores.

    Signs and integers become floats where something that kernels compute in float32 alone reads
    them, once for all that do. One scale for all channels of them is part of that step. No number
    changes, for signs and integers below 2**24 are floats.
    """
    return _Widening(graph).rewrite()


class _Widening(Rewriting):
    """Puts a `ToFloat` behind a value when the first operation asks for its floats."""

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        self._floats: dict[str, str] = {}

    def visit(self, node: Node) -> None:
        kinds = {self.old.types[name].element.kind for name in node.inputs}
        if kinds == {"float32"} or not self._may_be_float(node):
            is_sign = isinstance(node.op, Sign)
            if node.op.is_real and not is_sign and self.old.types[node.name].element == SIGNS:
                self._as_floats(node)
            else:
                self.keep(node)
        elif self._scales_integers(node):
            assert isinstance(node.op, Affine), "it scales"
            assert node.op.scale is not None, "it scales"
            scaled = ToFloat(node.name, node.op.scale)
            self.put(Node(scaled, (self.now(node.inputs[0]),), node.source, node.as_read))
        else:
            inputs = tuple(map(self._float, node.inputs))
            self.put(Node(node.op, inputs, node.source, node.as_read))
            self._floats[node.name] = node.name

    def _as_floats(self, node: Node) -> None:
        """Signs of signs for which there is no kernel: the signs of what it makes of floats."""
        if self.old.is_lowered(node):
            self.keep(node)
            return
        floats = self._floats[node.name] = self.fresh(f"{node.name}/float")
        self.put(Node(replace(node.op, name=floats), tuple(map(self._float, node.inputs))))
        self.put(Node(Sign(node.name, 1), (floats,), node.source, node.as_read))

    def _scales_integers(self, node: Node) -> bool:
        """Does it only say what integers are worth that are integers still?"""
        read = node.inputs[0]
        is_scale = isinstance(node.op, Affine) and node.op.scale is not None
        return is_scale and self._floats.get(read) != read

    def _may_be_float(self, node: Node) -> bool:
        """Do kernels compute the node on floats, and does nothing need its integers?"""
        element = self.old.types[node.name].element
        if not node.op.is_real or element == FLOAT32:
            return node.op.is_real
        if element == SIGNS and node.name in self.old.outputs:
            return False
        return all(map(self._may_be_float, self.old.readers(node.name)))

    def output(self, name: str) -> str:
        """The scores; floats and signs that are put out become them."""
        node = self.old.node(name)
        if node is not None and isinstance(node.op, Scores):
            return self.now(name)
        is_sign = self.old.types[name].element == SIGNS
        own = self.fresh("scores")
        scores, read = (SignScores(own), self.now(name)) if is_sign else (RealScores(own), None)
        source, as_read = ("", name) if node is None else (node.source, node.as_read)
        self.put(Node(scores, (read or self._float(name),), source, as_read))
        return own

    def _float(self, name: str) -> str:
        """The value as floats."""
        if self.old.types[name].element == FLOAT32:
            return self.now(name)
        if name not in self._floats:
            made = self._floats[name] = self.fresh(f"{name}/float")
            maker = self.old.node(name)
            as_read = name if maker is None else maker.as_read
            self.put(Node(ToFloat(made), (self.now(name),), as_read=as_read))
        return self._floats[name]
