"""What treats channels one by one moves from a Concatenate to the maps that it joins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from cbcnn_codegen.ir import SIGNS, Graph, Monotone, Node, Operation
from cbcnn_codegen.ops.average_pool import AveragePool
from cbcnn_codegen.ops.concatenate import Concatenate
from cbcnn_codegen.ops.max_pool import MaxPool
from cbcnn_codegen.ops.sign import Sign
from cbcnn_codegen.passes.rewriting import Rewriting

ENDS: Final[tuple[tuple[type[Operation], ...], ...]] = (
    (),
    (Sign,),
    (Sign, MaxPool),
    (Sign, MaxPool, AveragePool),
)
"""In front of which operations joins may be split: fewer of them first."""


def split_joins(graph: Graph, ends: tuple[type[Operation], ...] = ENDS[-1]) -> Graph:
    """Join signs and pooled maps instead of the sums that they are made of.

    The layers of a dense block read all maps before them. Joined with floats, sums of signs would
    become floats, and each join a copy of all. So the functions between a join and a sign are
    computed for each joined map by itself, with the numbers of its channels; sums then stay
    integers, and later passes make one comparison of the functions, for each that reads them. The
    same holds for poolings, behind which maps are small. No number changes.

    Args:
        graph: with functions of joined sums.
        ends: operations up to which the functions are split.
    """
    while (found := _first_behind_join(graph, ends)) is not None:
        graph = _Splitting(graph, found).rewrite()
    return graph


def _first_behind_join(graph: Graph, ends: tuple[type[Operation], ...]) -> list[Node] | None:
    """The first join of sums with its functions up to a sign or a pooling, if there is one."""
    for end in graph.nodes:
        if isinstance(end.op, ends):
            block = _block(graph, end)
            if block is not None and _joins_sums(graph, block):
                return block
    return None


def _block(graph: Graph, end: Node) -> list[Node] | None:
    """A join and what follows up to `end`, if that can be done channel by channel."""
    block = [end]
    while not isinstance(block[0].op, Concatenate):
        shape = graph.types[block[0].name].shape
        before = graph.node(block[0].inputs[0])
        if before is None or block[0].op.on_channels(slice(0, 1), shape.channels) is None:
            return None
        is_shared = len(graph.readers(before.name)) > 1 or before.name in graph.outputs
        if is_shared and not isinstance(before.op, Concatenate):
            return None
        block = [before, *block]
    return None if _is_needed_whole(graph, block[0]) else block


def _is_needed_whole(graph: Graph, join: Node) -> bool:
    """Whether something else, such as a slice, reads the joined numbers anyway."""
    channels = graph.types[join.name].shape.channels
    return any(
        not isinstance(of.op, Concatenate) and of.op.on_channels(slice(0, 1), channels) is None
        for of in graph.readers(join.name)
    )


def _joins_sums(graph: Graph, block: list[Node]) -> bool:
    """Is one of the joined maps a function of sums?"""
    starts = (_since_sums(graph, leaf) for leaf in _leaves(graph, block[0]))
    return any(start is not None for start in starts)


def _leaves(graph: Graph, join: Node) -> Iterator[str]:
    """The maps that a join of joins consists of, in order."""
    for name in join.inputs:
        before = graph.node(name)
        if before is not None and isinstance(before.op, Concatenate):
            yield from _leaves(graph, before)
        else:
            yield name


def _since_sums(graph: Graph, leaf: str) -> list[Node] | None:
    """The functions that make a joined map of integers; None if they do not, or not for joins."""
    functions: list[Node] = []
    if graph.types[leaf].element == SIGNS:
        return None
    while graph.types[leaf].element.kind != "integers":
        node = graph.node(leaf)
        if node is None or not isinstance(node.op, Monotone) or node.name in graph.outputs:
            return None
        readers = graph.readers(leaf)
        if not all(isinstance(of.op, Concatenate) for of in readers) and (
            not functions or len(readers) > 1
        ):
            return None
        functions = [node, *functions]
        leaf = node.inputs[0]
    return functions


class _Splitting(Rewriting):
    """Puts the functions of a block for each joined map, and the join behind them.

    What makes floats of sums stands where the first one reads them, so that these floats do not
    wait for it.
    """

    def __init__(self, graph: Graph, block: list[Node]) -> None:
        super().__init__(graph)
        self._join, *self._functions = block
        self._leaves = tuple(_leaves(graph, self._join))
        self._made = {leaf: _since_sums(graph, leaf) or [] for leaf in self._leaves}
        self._waiting = {node.name: node for of in self._made.values() for node in of}

    def visit(self, node: Node) -> None:
        if node.name in self._waiting:
            return
        if node is self._functions[-1]:
            self._split(node)
        elif isinstance(node.op, Concatenate):
            self._keep_late(replace(node, inputs=tuple(_leaves(self.old, node))))
        elif node not in self._functions:
            self._keep_late(node)

    def _keep_late(self, node: Node) -> None:
        for name in node.inputs:
            if name in self._waiting:
                self._keep_late(self._waiting.pop(name))
        self.keep(node)

    def _split(self, end: Node) -> None:
        first, parts = 0, []
        for index, leaf in enumerate(self._leaves):
            count = self.old.types[leaf].shape.channels
            own, parted = self._made[leaf], slice(first, first + count)
            read = own[0].inputs[0] if own else leaf
            for node in own:
                read = self._put_copy(node, node.op, f"{end.name}/{index}/{node.name}", read)
            for node in self._functions:
                channels = self.old.types[node.name].shape.channels
                op = node.op.on_channels(parted, channels)
                assert op is not None, "that was asked before"
                read = self._put_copy(node, op, f"{node.name}/{index}", read)
            parts.append(read)
            first += count
        self.put(Node(Concatenate(end.name), tuple(parts), end.source, end.as_read))

    def _put_copy(self, node: Node, op: Operation, name: str, read: str) -> str:
        made = self.fresh(name)
        self.put(Node(replace(op, name=made), (self.now(read),), node.source))
        return made
