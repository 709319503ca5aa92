"""How many zeros a map of floats is likely to hold.

A processor without a unit for floats takes a third of the time for a product with a zero, so the
cost model asks. Nothing else does: whatever the share is, the C computes the same.
"""

from __future__ import annotations

from cbcnn_codegen.ir import Graph


def share_of_zeros(graph: Graph) -> dict[str, float]:
    """The expected share of zeros, from 0 to 1, by the name of each value."""
    found = {graph.input.name: 0.0}
    for node in graph.nodes:
        found[node.name] = node.op.share_of_zeros(*(found[name] for name in node.inputs))
    return found
