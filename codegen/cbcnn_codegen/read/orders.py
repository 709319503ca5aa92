"""In which order the real numbers of a network are computed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cbcnn_codegen.ir import EXACT_FLOAT32, FLOAT32, Graph, Monotone, Node, Product
from cbcnn_codegen.ops.batch_norm import BatchNorm
from cbcnn_codegen.ops.flatten import Flatten
from cbcnn_codegen.ops.max_pool import MaxPool


def settle_orders(graph: Graph) -> Graph:
    """Let batch norms of rank 4 take the fused multiply-add where real numbers stay real.

    Where all of them become signs or scores again, the order of older TensorFlow is kept: the signs
    do not depend on it but in knife edges, which are told.
    """
    if not any(_is_real(graph, node) for node in graph.nodes) and not _ends_real(graph):
        return graph
    return replace(graph, nodes=tuple(map(_settle, graph.nodes)))


def _settle(node: Node) -> Node:
    if isinstance(node.op, BatchNorm) and node.op.fused:
        return replace(node, op=replace(node.op, multiply_add=True))
    return node


def _is_real(graph: Graph, node: Node) -> bool:
    """Does the node do more to floats than what is folded into signs and scores?"""
    if isinstance(node.op, MaxPool | Flatten | Product):
        return False
    if isinstance(node.op, Monotone) and node.op.is_monotone:
        return False
    elements = [graph.types[name].element for name in (*node.inputs, node.name)]
    return any(of == FLOAT32 or of.largest >= EXACT_FLOAT32 for of in elements)


def _ends_real(graph: Graph) -> bool:
    """Does an output come of more than the one line and the one pooling that scores are made of?"""
    with np.errstate(over="ignore", invalid="ignore"):  # `check_finite` says which layer it is
        return any(_is_bent(graph, name) for name in graph.outputs)


def _is_bent(graph: Graph, name: str) -> bool:
    pools = 0
    while (node := graph.node(name)) is not None:
        op, name = node.op, node.inputs[0]
        if isinstance(op, MaxPool):
            pools += 1
        elif isinstance(op, Monotone):
            channels = graph.types[node.name].shape.channels
            if op.as_affine(channels) is None:
                return graph.types[node.name].element == FLOAT32
        elif not isinstance(op, Flatten):
            return pools > 1 or (pools == 1 and not isinstance(op, Product))
    return pools > 0
