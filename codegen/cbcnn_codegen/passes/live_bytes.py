"""How much memory the values of a network take at one time, before any kernel is chosen."""

from __future__ import annotations

from typing import Final

from cbcnn_codegen.ir import Graph, Node
from cbcnn_codegen.passes.widths import find_narrow

_WORD_BITS: Final = 32


def live_bytes(graph: Graph) -> int:
    """Bytes of the values that live at the same time, where these are most.

    Networks with the same values at other times are compared by it, so it need not be what a plan
    comes to: scratch and the image do not count, signs of a pixel fill words of 32 bits, and what
    an operation makes of single numbers lies where a number that nothing reads any more lay.

    Args:
        graph: lowered, or up to where floats are.
    """
    owner, last = _owners(graph), {}
    for index, node in enumerate(graph.nodes):
        last.update({owner[name]: index for name in node.inputs})
    narrow = find_narrow(graph)
    live: dict[str, int] = {}
    most = 0
    for index, node in enumerate(graph.nodes):
        if node.op.is_renaming:
            continue
        made = _bytes(graph, node.name, narrow)
        read = {owner[name] for name in node.inputs}
        ends = [name for name in live if name in read and last[name] == index]
        shared = max((live[name] for name in ends), default=0) if _is_local(graph, node) else 0
        most = max(most, sum(live.values()) + made - min(made, shared))
        for name in ends:
            del live[name]
        if last.get(node.name, index) > index:
            live[node.name] = made
    return most


def _owners(graph: Graph) -> dict[str, str]:
    """The value whose memory each one lies in: its own, or what it renames."""
    owner = {graph.input.name: graph.input.name}
    for node in graph.nodes:
        owner[node.name] = owner[node.inputs[0]] if node.op.is_renaming else node.name
    return owner


def _is_local(graph: Graph, node: Node) -> bool:
    """Does each number depend only on those at its own place?"""
    shapes = {graph.types[name].shape for name in (*node.inputs, node.name)}
    return node.op.is_pointwise or (len(node.inputs) > 1 and len(shapes) == 1)


def _bytes(graph: Graph, name: str, narrow: frozenset[str]) -> int:
    element, shape = graph.types[name]
    if element.kind == "signs":
        words = -(-shape.channels // _WORD_BITS)
        return shape.height * shape.width * words * _WORD_BITS // 8
    return shape.size * (16 if name in narrow else element.bits) // 8
