"""Every value remembers which one of the network as read it is."""

from __future__ import annotations

from dataclasses import replace

from cbcnn_codegen.ir import Graph


def remember(graph: Graph) -> Graph:
    """Let `as_read` of every node be its name, for later passes to keep or to take away."""
    return graph.with_nodes(replace(node, as_read=node.name) for node in graph.nodes)
