"""Every value remembers its name in the network as read."""

from __future__ import annotations

from dataclasses import replace

from cbcnn_codegen.ir import Graph


def remember(graph: Graph) -> Graph:
    """Set `as_read` of every node to its name; later passes keep or remove it."""
    return graph.with_nodes(replace(node, as_read=node.name) for node in graph.nodes)
