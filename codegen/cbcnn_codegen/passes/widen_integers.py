"""Operations of integers read integers of one form."""

from __future__ import annotations

from dataclasses import replace

from cbcnn_codegen.ir import SIGNS, Graph, Node
from cbcnn_codegen.ops.to_integers import ToIntegers
from cbcnn_codegen.passes.rewriting import Rewriting


def widen_integers(graph: Graph) -> Graph:
    """Let signs and the image become integers where an operation of integers reads them.

    Operations that make signs of signs alone, such as a Concatenate, read them as they are.
    """
    return _Widening(graph).rewrite()


class _Widening(Rewriting):
    """Puts a `ToIntegers` behind a value when the first operation asks for its integers."""

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        self._widened: dict[str, str] = {}

    def visit(self, node: Node) -> None:
        kinds = {self.old.types[name].element.kind for name in node.inputs}
        signs = {self.old.types[name].element for name in (node.name, *node.inputs)} == {SIGNS}
        if node.op.is_integral and "float32" not in kinds and not signs:
            self.put(replace(node, inputs=tuple(map(self._integers, node.inputs))))
        else:
            self.keep(node)

    def _integers(self, name: str) -> str:
        """The value as integers."""
        is_image = name == self.old.input.name
        if not is_image and self.old.types[name].element.kind == "integers":
            return self.now(name)
        if name not in self._widened:
            made = self._widened[name] = self.fresh(f"{name}/integers")
            as_read = "" if is_image else self.old.maker(name).as_read
            self.put(Node(ToIntegers(made), (self.now(name),), as_read=as_read))
        return self._widened[name]
