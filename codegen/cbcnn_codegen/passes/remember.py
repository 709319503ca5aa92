"""Every value remembers its name in the network as read, and every output its form."""

from __future__ import annotations

from dataclasses import replace

from cbcnn_codegen.ir import Graph


def remember(graph: Graph) -> Graph:
    """Set `as_read` of every node to its name; later passes keep or remove it.

    Later passes may put out the same numbers in another shape; the model does not.
    """
    remembering = replace(graph, forms=graph.output_forms)
    return remembering.with_nodes(replace(node, as_read=node.name) for node in graph.nodes)
