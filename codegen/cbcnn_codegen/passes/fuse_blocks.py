"""Product, pooling and comparison become one operation."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from cbcnn_codegen.ir import SIGNS, Graph, Node, Operation
from cbcnn_codegen.ops.binarize_input import BinarizeInput
from cbcnn_codegen.ops.binary_conv import BinaryConv
from cbcnn_codegen.ops.binary_dense import BinaryDense
from cbcnn_codegen.ops.conv import Conv
from cbcnn_codegen.ops.dense import Dense
from cbcnn_codegen.ops.max_pool import MaxPool
from cbcnn_codegen.ops.pool_signs import PoolSigns
from cbcnn_codegen.ops.threshold import Threshold
from cbcnn_codegen.passes.rewriting import Rewriting

_MOST_COMPARISONS: Final = 2
"""Times that sums are computed, each by a kernel that compares as it counts."""


def fuse_blocks(graph: Graph) -> Graph:
    """Join what one kernel computes, so no full-resolution map ever exists.

    Maxima of signs that no comparison waits for are poolings of signs.
    A product that two comparisons or poolings read is computed for each of them: the first one
    keeps its name. What more of them read is computed once, and kept.
    """
    return _Fusing(graph).rewrite()


class _Fusing(Rewriting):
    """Puts the fused operation where its last part stood."""

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        self._named: set[str] = set()

    def visit(self, node: Node) -> None:
        if isinstance(node.op, Threshold) and node.inputs == (self.old.input.name,):
            self.keep(replace(node, op=_binarize(node.op)))
        elif self._is_pooled_image(node):
            self._pool_signs(node)
        elif isinstance(node.op, MaxPool) and self.old.types[node.inputs[0]].element == SIGNS:
            smallest = np.zeros(self.old.types[node.name].shape.channels, np.bool_)
            self.keep(replace(node, op=PoolSigns(node.name, node.op.window, smallest)))
        elif (block := self._block(node)) is None or self._is_stored(block):
            self.keep(node)
        elif isinstance(node.op, Threshold) or self._is_read_as_it_is(node):
            self._fuse(block, node)

    def _is_pooled_image(self, node: Node) -> bool:
        """Does a comparison read maxima of the image?"""
        before = self.old.node(node.inputs[0])
        if before is None or not isinstance(node.op, Threshold):
            return False
        return isinstance(before.op, MaxPool) and before.inputs == (self.old.input.name,)

    def _pool_signs(self, node: Node) -> None:
        """The image becomes signs first; the largest number fires where any does."""
        op, pool = node.op, self.old.maker(node.inputs[0]).op
        assert isinstance(op, Threshold), "a comparison"
        assert isinstance(pool, MaxPool), "of a pooled image"
        signs = replace(_binarize(op), name=self.fresh(f"{node.name}/signs"))
        self.put(Node(signs, (self.old.input.name,)))
        pooled = PoolSigns(node.name, pool.window, op.complement)
        self.put(replace(node, op=pooled, inputs=(signs.name,)))

    def _block(self, end: Node) -> list[Node] | None:
        """Product, pooling and comparison up to `end`, if they stand there."""
        block, node = [end], end
        for kind in (Threshold, MaxPool):
            if isinstance(node.op, kind):
                before = self.old.node(node.inputs[0])
                if before is None:
                    return None
                block, node = [before, *block], before
        return block if isinstance(node.op, Conv | Dense) else None

    def _is_stored(self, block: list[Node]) -> bool:
        """Whether a comparison can read its sums, because something else needs them."""
        *_, before, end = (None, *block)
        if before is None or not isinstance(end.op, Threshold):
            return False
        return self._is_read_often(before) or self._is_read_as_it_is(before)

    def _is_read_as_it_is(self, node: Node) -> bool:
        """Whether anything reads the value that is not fused with it."""
        taken = Threshold if isinstance(node.op, MaxPool) else (Threshold, MaxPool)
        readers = self.old.readers(node.name)
        if node.name in self.old.outputs or self._is_read_often(node):
            return True
        return not all(isinstance(reader.op, taken) for reader in readers)

    def _is_read_often(self, node: Node) -> bool:
        """Whether it costs less to keep sums than to compute them for each that compares them."""
        return len(self.old.readers(node.name)) > _MOST_COMPARISONS

    def _fuse(self, block: list[Node], end: Node) -> None:
        product, op, threshold = block[0], block[0].op, end.op
        assert isinstance(op, Conv | Dense), "a block begins with one"
        name = product.name if product.name not in self._named else end.name
        self._named.add(name)
        thresholds = threshold.thresholds if isinstance(threshold, Threshold) else None
        complement = threshold.complement if isinstance(threshold, Threshold) else None
        pool = next((node.op.window for node in block if isinstance(node.op, MaxPool)), None)
        fused: Operation
        if isinstance(op, Conv):
            fused = BinaryConv(
                name, op.weights, op.window, round(op.pad), pool, thresholds, complement
            )
        else:
            # A dense layer makes a single pixel, of which any pooling is the pixel itself.
            fused = BinaryDense(name, op.weights, thresholds, complement)
        source = end.source if thresholds is not None else product.source
        self.put(Node(fused, (self.now(product.inputs[0]),), source, end.as_read))
        self.rename(end.name, name)


def _binarize(op: Threshold) -> BinarizeInput:
    return BinarizeInput(op.name, op.thresholds, op.complement)
