"""Every chain between integers and signs becomes one integer comparison per channel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cbcnn_codegen.errors import UnsupportedLayerError
from cbcnn_codegen.ir import SIGNS, BoolArray, Element, Graph, Monotone, Node, Product
from cbcnn_codegen.ops.conv import Conv
from cbcnn_codegen.ops.flatten import Flatten
from cbcnn_codegen.ops.max_pool import MaxPool
from cbcnn_codegen.ops.multiply import Multiply
from cbcnn_codegen.ops.pool_signs import PoolSigns
from cbcnn_codegen.ops.sign import Sign
from cbcnn_codegen.ops.threshold import Threshold
from cbcnn_codegen.passes.bent_chains import find_bent_flips
from cbcnn_codegen.passes.chains import NodeChain, chain_of_scores, chain_to, is_link
from cbcnn_codegen.passes.flip_point import find_flip_points, find_knife_edges, find_ties
from cbcnn_codegen.passes.rewriting import Rewriting
from cbcnn_codegen.passes.rounded_sums import refuse_ties


def fold_thresholds(graph: Graph) -> Graph:
    """Replace what stands between accumulators and signs with comparisons of integers.

    Per channel the chain is a function of one integer, and every step of it (multiplication, bias,
    batch norm, ReLU, sign) is monotone, rounding included. Its sign therefore flips at most once
    over the integers, and one comparison `x >= threshold`, complemented where the function falls,
    is the same.

    Pooling takes a maximum of values that the steps before it may have reversed. Where they fall,
    the maximum of the values is the minimum of the accumulators: negating the channel's weights
    makes it the maximum again. The steps after the first pooling are folded into the comparison,
    and a later pooling becomes one of signs: their maximum, or where the steps behind it fall,
    their minimum.

    Signs that several operations read are compared once; accumulators that several chains read are
    compared for each. Channels whose flip point depends on float rounding are added to
    `knife_edges`.

    Raises:
        UnsupportedLayerError: something other than pooling stands between a sign and a product, or
            TensorFlow's rounding of sums must be expected to decide signs.
    """
    _demand_binarized(graph)
    folding = _Folding(graph)
    folded = folding.rewrite()
    if folding.ties:
        raise UnsupportedLayerError.join(folding.ties)
    return replace(folded, knife_edges=(*graph.knife_edges, *folding.knife_edges))


def _demand_binarized(graph: Graph) -> None:
    """Refuse functions of signs, except poolings, in front of a product."""
    for node in graph.nodes:
        if not isinstance(node.op, Product) or graph.types[node.inputs[0]].element == SIGNS:
            continue
        chain = chain_to(graph, node.inputs[0])
        signs = [i for i, link in enumerate(chain.nodes) if isinstance(link.op, Sign)]
        behind = chain.nodes[signs[-1] + 1 :] if signs else ()
        for link in behind:
            if not isinstance(link.op, MaxPool):
                raise UnsupportedLayerError(
                    layer=repr(link.name),
                    found=f"{type(link.op).__name__} between a sign and the next binary layer",
                    allowed="nothing but max pooling after a sign",
                    suggestion="let the next layer binarize its input",
                )


def _is_end(graph: Graph, node: Node) -> bool:
    """Whether anything but a chain to later signs reads these signs."""
    if not is_link(node.op) or graph.types[node.name].element != SIGNS:
        return False
    readers = graph.readers(node.name)
    return node.name in graph.outputs or not all(_is_absorbed(graph, node) for node in readers)


def _is_absorbed(graph: Graph, node: Node) -> bool:
    """Whether the node is part of chains to signs and to scores, whatever reads it."""
    if not is_link(node.op):
        return False
    if graph.types[node.name].element == SIGNS:
        return True
    readers = graph.readers(node.name)
    put_out = node.name in graph.outputs and chain_of_scores(graph, node.name) is None
    return not put_out and all(_is_absorbed(graph, node) for node in readers)


class _Folding(Rewriting):
    """Folds the chains that end in signs that something reads."""

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        self.knife_edges: list[tuple[str, tuple[int, ...]]] = []
        self.ties: list[UnsupportedLayerError] = []
        self._ends = {node.name for node in graph.nodes if _is_end(graph, node)}

    def visit(self, node: Node) -> None:
        chain = self._chain(node.name) if node.name in self._ends else None
        if chain is None:
            self.keep(node)
            return
        _refuse_flattened(self.old, chain)
        signs = [i for i, link in enumerate(chain.nodes) if isinstance(link.op, Sign)]
        read, done = self.now(chain.start), -1
        if _is_bent(chain):
            self._compare_halves(chain, read)
            return
        if signs:
            read, done, falls = self._pool_sums(chain)
            read = self._compare(chain, signs[-1], read, done, falls)
        self.rename(node.name, self._pool_signs(chain, signs[-1] if signs else -1, read, done))

    def _chain(self, end: str) -> NodeChain | None:
        """The chain to signs, from integers on or from signs that exist anyway.

        There is none behind floats that are computed anyway: their signs cost less than the
        product again.
        """
        chain = chain_to(self.old, end)
        for i, node in reversed([*enumerate(chain.nodes[:-1])]):
            if not isinstance(chain.nodes[i + 1].op, MaxPool):
                break
            if node.name in self._ends:
                return NodeChain(node.name, chain.nodes[i + 1 :])
        chain = self._from_integers(chain)
        starts = (chain.start, *(node.name for node in chain.nodes if self._is_computed(node)))
        if _is_bent(chain) and not _has_one_bend(chain):
            return None
        floats = any(self.old.types[start].element.kind == "float32" for start in starts)
        return None if floats else chain

    def _from_integers(self, chain: NodeChain) -> NodeChain:
        """The part of the chain behind its last integers that are computed anyway."""
        for i, node in reversed([*enumerate(chain.nodes[:-1])]):
            if self.old.types[node.name].element.kind == "integers" and self._is_computed(node):
                return NodeChain(node.name, chain.nodes[i + 1 :])
        return chain

    def _is_computed(self, node: Node) -> bool:
        """Whether something reads the value that is no part of a chain to signs."""
        return not _is_absorbed(self.old, node)

    def _element(self, chain: NodeChain) -> Element:
        return self.old.types[chain.start].element

    def _channels(self, chain: NodeChain) -> int:
        return self.old.types[chain.start].shape.channels

    def _pool_sums(self, chain: NodeChain) -> tuple[str, int, BoolArray]:
        """Put the first pooling, of the sums of a convolution, negated where their order falls.

        Returns:
            The pooled sums, or the start of the chain if there is nothing to pool; the number of
            the last computed link; the negated channels.
        """
        pools = [i for i, node in enumerate(chain.nodes) if isinstance(node.op, MaxPool)]
        maker, read = self.old.node(chain.start), self.now(chain.start)
        if maker is None or not isinstance(maker.op, Conv) or not pools:
            return read, -1, np.zeros(self._channels(chain), np.bool_)
        falls = _falls(chain.nodes[: pools[0]], self._channels(chain))
        if falls.any():
            read = self.inherit(maker.name, chain)
            op = replace(maker.op.negated(falls), name=read)
            self.put(replace(maker, op=op, inputs=(self.now(maker.inputs[0]),), as_read=""))
        pool = chain.nodes[pools[0]]
        name = self.inherit(pool.name, chain)
        self.put(Node(replace(pool.op, name=name), (read,)))
        return name, pools[0], falls

    def _compare(self, chain: NodeChain, sign: int, read: str, done: int, falls: BoolArray) -> str:
        """Put the comparison that equals all functions of a chain.

        Args:
            chain: what is folded.
            sign: number of its last sign.
            read: the integers to compare.
            done: number of the last link that made them.
            falls: the channels whose integers are negated.

        Returns:
            The signs.
        """
        ops = [node.op for node in chain.nodes if isinstance(node.op, Monotone)]
        flips = find_flip_points(ops, self._element(chain), falls)
        edges = find_knife_edges(ops, self._element(chain), falls, flips)
        ties = find_ties(ops, self._element(chain), falls, flips)
        if ties:
            self.ties.append(refuse_ties(chain.nodes[: sign + 1], ties))
        last = chain.nodes[sign]
        name = self.inherit(last.name, chain)
        if edges:
            summed = self.old.node(chain.start) is not None
            self.knife_edges.append((chain.start if summed else name, edges))
        op = Threshold(name, flips.thresholds, flips.complement)
        self.put(Node(op, (read,), last.source, _as_read(chain, sign, done)))
        return name

    def _compare_halves(self, chain: NodeChain, read: str) -> None:
        """Put two comparisons and the product of their signs."""
        ops = [node.op for node in chain.nodes if isinstance(node.op, Monotone)]
        found = find_bent_flips(ops, self._element(chain), self._channels(chain))
        if found.ties:
            self.ties.append(refuse_ties(chain.nodes, found.ties))
        if found.edges:
            self.knife_edges.append((chain.start, found.edges))
        last, sides = chain.nodes[-1], []
        for side, flips in zip(("above", "below"), found.comparisons, strict=True):
            name = self.fresh(f"{last.name}/{side}")
            self.put(
                Node(Threshold(name, flips.thresholds, flips.complement), (read,), last.source)
            )
            sides.append(name)
        self.put(Node(Multiply(last.name), tuple(sides), last.source, last.as_read))

    def _pool_signs(self, chain: NodeChain, sign: int, read: str, done: int) -> str:
        """Put the poolings of a chain that are not done yet, as poolings of signs.

        Args:
            chain: what is folded.
            sign: number of its last sign, -1 where it starts from signs.
            read: the signs.
            done: number of the last computed link.

        Returns:
            The pooled signs.
        """
        source = next(node.source for node in self.nodes if node.name == read)
        for i, node in enumerate(chain.nodes):
            if isinstance(node.op, MaxPool) and i > done:
                name = self.inherit(node.name, chain)
                minimum = _falls(chain.nodes[i + 1 :], self._channels(chain))
                op = PoolSigns(name, node.op.window, minimum)
                self.put(Node(op, (read,), source, _as_read(chain, sign, i)))
                read = name
        return read


def _is_bent(chain: NodeChain) -> bool:
    """Whether a function of it falls and then rises."""
    ops = (node.op for node in chain.nodes)
    return any(isinstance(op, Monotone) and not op.is_monotone for op in ops)


def _has_one_bend(chain: NodeChain) -> bool:
    """Whether it is one such function between others, and a sign ends it."""
    ops = [node.op for node in chain.nodes if isinstance(node.op, Monotone)]
    bends = [op for op in ops if not op.is_monotone]
    signs = [op for op in ops if isinstance(op, Sign)]
    return len(ops) == len(chain.nodes) and len(bends) == len(signs) == 1 and signs[0] is ops[-1]


def _as_read(chain: NodeChain, sign: int, done: int) -> str:
    """The value of the old graph behind pooling number `done`."""
    waiting = any(isinstance(node.op, MaxPool) for node in chain.nodes[done + 1 : max(sign, 0)])
    return "" if waiting else chain.nodes[max(sign, done)].as_read


def _falls(nodes: tuple[Node, ...], channels: int) -> BoolArray:
    """The channels that this part of a chain reverses."""
    falls = np.zeros(channels, np.bool_)
    for node in nodes:
        if isinstance(node.op, Monotone):
            falls ^= node.op.falls(channels)
    return falls


def _refuse_flattened(graph: Graph, chain: NodeChain) -> None:
    """`merge_flatten` keeps Flatten only in front of what treats positions differently."""
    for node, behind in zip(chain.nodes, chain.nodes[1:], strict=False):
        if isinstance(node.op, Flatten):
            height, width, _ = graph.types[node.inputs[0]].shape
            raise UnsupportedLayerError(
                layer=repr(behind.name),
                found=f"batch normalisation of a flattened {height}x{width} map",
                allowed="batch normalisation per channel before Flatten",
                suggestion="put the batch normalisation before Flatten",
            )
