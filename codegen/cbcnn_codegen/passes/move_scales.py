"""Moves the worth of an integer behind operations that can read the integer itself."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from cbcnn_codegen.ir import Float32Array, Graph, Node, Product, SumError
from cbcnn_codegen.ops.affine import Affine
from cbcnn_codegen.ops.sign import Sign
from cbcnn_codegen.passes.rewriting import Rewriting


def move_scales(graph: Graph) -> Graph:
    """Let products, poolings and signs read integers in place of scaled integers.

    A convolution of `scale * x` is `scale` times the convolution of `x`, with the padding value in
    units of `scale`; a sign does not see a positive scale. So a scale moves on until it meets
    another multiplication, which takes it up, or something that needs the real number. The worth of
    a sum of products stays: a later pass folds it into the comparison behind it.
    """
    return _Moving(graph).rewrite()


class _Scaled(NamedTuple):
    """A value of the old graph, as `scale` times a value of the new one, which is `integer`.

    TensorFlow's value may differ by `error`; what that makes of sums is said where they are made.
    """

    integer: str
    scale: float
    error: SumError | None = None


class _Moving(Rewriting):
    """Keeps the values of the old graph whose scale is still moving."""

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        self._scaled: dict[str, _Scaled] = {}

    def visit(self, node: Node) -> None:
        source = self._scaled.get(node.inputs[0]) if len(node.inputs) == 1 else None
        if source is None:
            self.keep(node)
            self._start(node)
            return
        op, inputs = node.op, (source.integer,)
        if isinstance(op, Sign) and source.error is None:
            self.put(replace(node, inputs=inputs))
        elif isinstance(op, Affine):
            multiplier = self._uniform(node.name, source.scale)
            if op.multiplier is not None:
                with np.errstate(over="ignore"):  # `check_finite` says which layer it is
                    multiplier = multiplier * op.multiplier
            self.put(replace(node, op=replace(op, multiplier=multiplier), inputs=inputs))
        elif (moved := op.on_integers(source.scale)) is not None:
            self.put(replace(node, op=moved, inputs=inputs, as_read=""))
            error = None if isinstance(op, Product) else source.error
            self._scaled[node.name] = _Scaled(node.name, source.scale, error)
        else:
            self.keep(node)

    def now(self, name: str) -> str:
        """The real number, made on demand."""
        if name in self._scaled and super().now(name) == self._scaled[name].integer:
            made = self.fresh(f"{name}/scale")
            scaled = self._scaled[name]
            multiplier = self._uniform(name, scaled.scale)
            error = scaled.error and scaled.error.for_channels(len(multiplier))
            op = Affine(made, multiplier, error=error)
            self.put(Node(op, (self._scaled[name].integer,), as_read=name))
            self.rename(name, made)
        return super().now(name)

    def _start(self, node: Node) -> None:
        """The scale of integers that are no sums can move on, and stays for those that need it."""
        if not isinstance(node.op, Affine):
            return
        scale = node.op.scale
        maker = self.old.node(node.inputs[0])
        summed = maker is not None and isinstance(maker.op, Product)
        element = self.old.types[node.inputs[0]].element
        if scale is not None and element.kind == "integers" and not summed:
            self._scaled[node.name] = _Scaled(self.now(node.inputs[0]), scale, node.op.error)

    def _uniform(self, name: str, scale: float) -> Float32Array:
        return np.full(self.old.types[name].shape.channels, scale, np.float32)
