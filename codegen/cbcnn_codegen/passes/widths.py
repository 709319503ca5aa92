"""Integers whose bounds fit 16 bits are stored in 16 bits."""

from __future__ import annotations

from typing import Final

import numpy as np

from cbcnn_codegen.ir import Graph, Node
from cbcnn_codegen.ops.to_float import ToFloat

_LARGEST: Final = np.iinfo(np.int16).max


def find_narrow(graph: Graph) -> frozenset[str]:
    """The values of integers, by name, that lie in 16 bits although 32 would do.

    A value is one of them where its bounds, known from fan-in and folding, are at most 32767, where
    a kernel makes it so and where all kernels that read it do. What only becomes floats keeps the
    memory that those take the place of. What has the same width as what it
    reads, such as a sum of two maps, is one together with that.
    """
    wide = {node.name for node in graph.nodes if not _may_be_narrow(graph, node)}
    integers = [node for node in graph.nodes if _are_integers(graph, node.name)]
    while True:
        more = {
            name
            for node in integers
            if node.op.keeps_width and wide.intersection((node.name, *node.inputs))
            for name in (node.name, *node.inputs)
        }
        if more <= wide:
            return frozenset(node.name for node in integers) - wide
        wide |= more


def _are_integers(graph: Graph, name: str) -> bool:
    element = graph.types[name].element
    return element.kind == "integers" and element.bits == 32


def _may_be_narrow(graph: Graph, node: Node) -> bool:
    if not _are_integers(graph, node.name) or graph.types[node.name].element.largest > _LARGEST:
        return False
    makes = node.op.makes_narrow or node.op.keeps_width
    readers = graph.readers(node.name)
    if readers and all(isinstance(of.op, ToFloat) for of in readers) and not node.op.keeps_width:
        return False
    return makes and all(of.op.reads_narrow or of.op.keeps_width for of in readers)
