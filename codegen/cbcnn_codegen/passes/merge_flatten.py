"""Flatten disappears: a dense layer reads the map in its own shape."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from cbcnn_codegen.errors import UnsupportedLayerError
from cbcnn_codegen.ir import Graph, Node, Shape, ValueType
from cbcnn_codegen.ops.conv import Conv
from cbcnn_codegen.ops.dense import Dense
from cbcnn_codegen.ops.flatten import Flatten
from cbcnn_codegen.ops.max_pool import MaxPool
from cbcnn_codegen.passes.rewriting import Rewriting


def merge_flatten(graph: Graph) -> Graph:
    """Let readers of a flattened map read the map, as far as they can, and drop Flatten.

    Flatten keeps NHWC order, so it only renames positions: a dense layer takes the map with its
    weights in the map's shape, and operations that treat positions alike move in front of Flatten.
    A convolution of the flattened map as one pixel becomes a dense layer, and a pool of it becomes
    nothing. At the end of a network nothing is left to rename. Flatten stays in
    front of an operation that treats the positions of a map differently.

    Raises:
        UnsupportedLayerError: a flattened map is padded with other values than 0.
    """
    return _Merging(graph).rewrite()


class _Flattened(NamedTuple):
    """A value of the old graph, as the map of the new one whose flattened form it is."""

    map: str
    shape: Shape


class _Merging(Rewriting):
    """Keeps the values of the old graph that the new one has as maps."""

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        self._flattened: dict[str, _Flattened] = {}
        self._pixels: set[str] = set()
        """Values of one pixel because Flatten or a dense layer made them so."""

    def visit(self, node: Node) -> None:
        read = node.inputs[0]
        source = self._flattened.get(read) if len(node.inputs) == 1 else None
        made = self.old.types[node.name].shape
        is_pixel = made.height * made.width == 1
        if is_pixel and (isinstance(node.op, Flatten | Dense) or read in self._pixels):
            self._pixels.add(node.name)
        if isinstance(node.op, Flatten):
            whole = _Flattened(self.now(read), self.old.types[read].shape)
            self._flattened[node.name] = source or whole
            return
        if isinstance(node.op, MaxPool) and read in self._pixels:
            self._drop(node.name, read, source)
            return
        moved = None if source is None else node.op.on_map(source.shape)
        if source is None or moved is None:
            if source is not None and isinstance(node.op, Conv):
                raise _padded_pixel(node, node.op)
            self.keep(node)
            return
        self.put(replace(node, op=moved, inputs=(source.map,)))
        element = self.old.types[node.inputs[0]].element
        shape = moved.infer(ValueType(element, source.shape)).shape
        if shape != self.old.types[node.name].shape:
            self._flattened[node.name] = _Flattened(node.name, shape)

    def _drop(self, name: str, read: str, source: _Flattened | None) -> None:
        """Make a value the one that its operation reads."""
        if source is None:
            self.rename(name, self.now(read))
        else:
            self._flattened[name] = source

    def now(self, name: str) -> str:
        """The vector, made on demand; a map of one pixel is one."""
        source, known = self._flattened.get(name), super().now(name)
        if source is None or known != name:
            return known
        if source.shape.height * source.shape.width == 1:
            return source.map
        made = name if source.map != name else self.fresh(f"{name}/flatten")
        if all(node.name != made for node in self.nodes):
            self.put(Node(Flatten(made), (source.map,), as_read=name))
        self.rename(name, made)
        return made

    def output(self, name: str) -> str:
        """The numbers in any shape."""
        return self._flattened[name].map if name in self._flattened else self.now(name)


def _padded_pixel(node: Node, conv: Conv) -> UnsupportedLayerError:
    return UnsupportedLayerError(
        layer=repr(node.name),
        found=f"pad_values={conv.pad:g} around the one pixel that a flattened map was made to",
        allowed="pad_values=0 there, or a kernel of one pixel",
        suggestion="QuantDense in its place",
    )
