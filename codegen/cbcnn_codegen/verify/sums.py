"""The integers that a binary layer sums, behind the floats that Keras shows of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from cbcnn_codegen.ir import SIGNS, Graph, Node, Product
from cbcnn_codegen.ops.affine import Affine
from cbcnn_codegen.ops.binary_conv import BinaryConv
from cbcnn_codegen.ops.conv import Conv
from cbcnn_codegen.ops.max_pool import max_pool
from cbcnn_codegen.passes.chains import chain_to

Array = npt.NDArray[Any]


def last_product(graph: Graph, output: str) -> Node | None:
    """The product whose sums alone make an output; None where several values do, or signs of
    sums, as behind an average of signs.
    """
    name = output
    while (node := graph.node(name)) is not None:
        if isinstance(node.op, Product):
            return node
        if len(node.inputs) > 1 or node.op.is_quantizer:
            return None
        name = node.inputs[0]
    return None


def demand_product(graph: Graph, output: str) -> Node:
    """The same of a graph that has one."""
    node = last_product(graph, output)
    assert node is not None, "the network as read has one"
    return node


def summed(graph: Graph, output: str, sums: Array) -> Array:
    """What an output is made of: those sums, or what pooling makes of them.

    Args:
        graph: the lowered one.
        output: made of one product.
        sums: of that product.
    """
    node = graph.maker(output)
    if isinstance(node.op, Product):
        return sums
    made: Array = node.op.compute(summed(graph, node.inputs[0], sums))
    return made


def integers(head: Node, graph: Graph, output: Array) -> npt.NDArray[np.int32] | None:
    """The sums of a product behind the floats that its layer puts out, N x … x channels.

    None if the floats do not determine them: a small multiplier beside a large bias.
    """
    product = head.op
    assert isinstance(product, Product), "the caller found one"
    channels = len(product.weights)
    multiplier, bias = np.full(channels, _worth(graph, head)), np.zeros(channels)
    affine = _affine_of(graph, head)
    if affine is not None:
        factor, offset = affine.as_affine(channels)
        multiplier, bias = multiplier * factor, bias + offset
    if (multiplier == 0).any():
        return None
    exact = (output.reshape(len(output), -1, channels).astype(np.float64) - bias) / multiplier
    rounded: Array = np.rint(exact)
    if (np.abs(exact - rounded) > 0.125).any():
        return None
    whole: npt.NDArray[np.int32] = rounded.astype(np.int32)
    return whole


def accumulators(
    head: Node, graph: Graph, lowered: Graph, last: Node, output: Array
) -> npt.NDArray[np.int32] | None:
    """The integers behind the floats of the last binary layer, as the lowered operation has them.

    Args:
        head: the layer's product.
        graph: as it was read.
        lowered: the same in integers.
        last: what makes the sums in it.
        output: what the layer puts out.

    Returns:
        None if the floats do not determine them.
    """
    sums = integers(head, graph, output)
    if sums is None:
        return None
    node, product = last, head.op
    op = node.op
    assert isinstance(op, Product), "it was found"
    assert isinstance(product, Product), "the caller found it"
    sums = np.where(_same_sign(product, op), sums, -sums)
    if isinstance(op, BinaryConv):
        convolved = op.convolution.infer(lowered.types[node.inputs[0]]).shape
        sums = sums.reshape(len(output), *convolved)
        if op.pool is not None:
            sums = max_pool(sums, op.pool)
    return sums.reshape(len(output), *lowered.types[node.name].shape)


def _same_sign(product: Product, op: Product) -> npt.NDArray[np.bool_]:
    """The channels of a product that lowering did not negate."""
    row = column = 0
    if isinstance(product, Conv) and not isinstance(op, BinaryConv):
        row, column = product.window.padding[:2]  # the one tap that is left
    same: npt.NDArray[np.bool_] = op.weights[:, 0, 0, 0] == product.weights[:, row, column, 0]
    return same


def _worth(graph: Graph, product: Node) -> float:
    """The scale of the integers that a product reads."""
    chain = chain_to(graph, product.inputs[0])
    if graph.types[chain.end].element == SIGNS:
        return 1.0
    scales = (node.op.scale for node in chain.nodes if isinstance(node.op, Affine))
    return math.prod(scale for scale in scales if scale is not None)


def rounding_of_scores(
    graph: Graph, head: Node, sums: npt.NDArray[np.int32], multiplier: npt.NDArray[np.float32]
) -> Array:
    """How far TensorFlow's scores may lie from those of exact sums, because it rounds sums.

    Args:
        graph: as it was read.
        head: the product whose sums they are.
        sums: that the scores are made of, N x classes.
        multiplier: of the scores, one for each class.
    """
    affine = _affine_of(graph, head)
    if affine is None or affine.error is None:
        return np.zeros(sums.shape)
    channels = len(affine.error.fixed)
    by_channel = sums.reshape(len(sums), -1, channels)
    worth = _worth(graph, head) * affine.as_affine(channels)[0]
    factor = multiplier.reshape(-1, channels) / np.where(worth == 0, np.inf, worth)
    off: Array = affine.error.bound(by_channel) * np.abs(factor)
    return off.reshape(sums.shape)


def _affine_of(graph: Graph, head: Node) -> Affine | None:
    """The worth of the sums of the last product, if its layer states it."""
    found = (node for node in graph.readers(head.name) if node.source == head.source)
    return next((node.op for node in found if isinstance(node.op, Affine)), None)
