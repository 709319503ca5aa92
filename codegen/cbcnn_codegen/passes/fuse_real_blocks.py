"""Product, conversion to floats, and functions of single floats become one operation."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from cbcnn_codegen.ir import FLOAT32, SIGNS, Graph, Node, Operation
from cbcnn_codegen.ops.add import Add
from cbcnn_codegen.ops.binary_conv import BinaryConv
from cbcnn_codegen.ops.binary_dense import BinaryDense
from cbcnn_codegen.ops.real_block import RealBlock
from cbcnn_codegen.ops.real_conv import RealConv
from cbcnn_codegen.ops.real_dense import RealDense
from cbcnn_codegen.ops.to_float import ToFloat
from cbcnn_codegen.passes.rewriting import Rewriting


def fuse_real_blocks(graph: Graph) -> Graph:
    """Let the kernel of a product go on with its numbers, as long as nothing else reads them.

    No map of sums exists, and the functions behind it take no pass of their own over the map. An
    `Add` joins the block of one of its sides, of a binary product first: what that reads is small,
    so the other side may be made before it. A convolution with real weights reads the image itself
    if nothing but such convolutions reads its floats.
    """
    return _Fusing(graph).rewrite()


class _Block(NamedTuple):
    """The nodes of a block, in order, and the image that it widens, if it does."""

    nodes: tuple[Node, ...]
    widened: Node | None = None


class _Fusing(Rewriting):
    """Puts a block where its last node stood."""

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        self._taken: set[str] = set()
        self._blocks: dict[str, _Block] = {}
        self._find(BinaryConv, BinaryDense)
        self._find(RealConv, RealDense)

    def _find(self, *kinds: type[Operation]) -> None:
        """Find the blocks of some kinds of products; what a block takes no later one takes."""
        for node in self.old.nodes:
            if isinstance(node.op, kinds):
                block = self._block(node)
                if block is not None:
                    self._taken.update(part.name for part in block.nodes)
                    self._blocks[block.nodes[-1].name] = block

    def _block(self, product: Node) -> _Block | None:
        nodes = [product]
        is_real = isinstance(product.op, RealConv | RealDense)
        if not is_real:
            behind = self._only_reader(product)
            if behind is None or not isinstance(behind.op, ToFloat):
                return None
            if self.old.types[product.inputs[0]].element != SIGNS:
                return None
            if self.old.types[product.name].element == SIGNS:
                return None  # the kernel of a block has sums, and compares them with nothing
            nodes.append(behind)
        nodes += self._steps(nodes[-1])
        widened = self._widened(product)
        return None if len(nodes) == 1 and widened is None else _Block(tuple(nodes), widened)

    def _steps(self, end: Node) -> list[Node]:
        """The functions of single floats behind a node, and one sum with another map."""
        steps: list[Node] = []
        joined = False
        while (reader := self._only_reader(end)) is not None and reader.name not in self._taken:
            if isinstance(reader.op, Add) and not joined and self._joins(reader):
                joined = True
            elif not reader.op.is_step:
                break
            steps.append(reader)
            end = reader
        return steps

    def _joins(self, add: Node) -> bool:
        """Whether it adds two maps of floats, which are not the same one."""
        floats = all(self.old.types[name].element == FLOAT32 for name in add.inputs)
        return floats and len(set(add.inputs)) == len(add.inputs) == 2

    def _only_reader(self, node: Node) -> Node | None:
        readers = self.old.readers(node.name)
        alone = len(readers) == 1 and node.name not in self.old.outputs
        return readers[0] if alone else None

    def _widened(self, product: Node) -> Node | None:
        """What makes floats of the image, if convolutions with real weights alone read them."""
        if product.inputs[0] == self.old.input.name or not isinstance(product.op, RealConv):
            return None
        maker = self.old.maker(product.inputs[0])
        if not isinstance(maker.op, ToFloat) or maker.inputs != (self.old.input.name,):
            return None
        readers = self.old.readers(maker.name)
        return maker if all(isinstance(reader.op, RealConv) for reader in readers) else None

    def visit(self, node: Node) -> None:
        block = self._blocks.get(node.name)
        if block is not None:
            self._put(block)
        elif node.name not in self._taken:
            self.keep(node)

    def _put(self, block: _Block) -> None:
        product, *behind = block.nodes
        last, steps = block.nodes[-1], tuple(node.op for node in behind)
        widening = None if block.widened is None else block.widened.op
        op = RealBlock(last.name, widening, product.op, steps)  # type: ignore[arg-type]
        read = product.inputs[0] if block.widened is None else self.old.input.name
        inside = {node.name for node in block.nodes}
        joined = [name for node in behind for name in node.inputs if name not in inside]
        inputs = tuple(map(self.now, (read, *joined)))
        self.put(replace(last, op=op, inputs=inputs))
