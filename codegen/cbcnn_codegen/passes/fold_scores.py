"""The chain behind the last binary layer becomes one multiplication and one addition per class."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np

from cbcnn_codegen.errors import UnsupportedLayerError
from cbcnn_codegen.ir import (
    BoolArray,
    Float32Array,
    Graph,
    Monotone,
    Node,
    Product,
    flush_denormals,
)
from cbcnn_codegen.ops.affine import Affine
from cbcnn_codegen.ops.flatten import Flatten
from cbcnn_codegen.ops.max_pool import MaxPool
from cbcnn_codegen.ops.real_conv import RealConv
from cbcnn_codegen.ops.real_dense import RealDense
from cbcnn_codegen.ops.scores import Scores
from cbcnn_codegen.ops.sign import Sign
from cbcnn_codegen.passes.chains import NodeChain, as_affine, chain_of_scores
from cbcnn_codegen.passes.flip_point import (
    find_flip_points,
    find_knife_edges,
    find_ties,
    reachable,
)
from cbcnn_codegen.passes.rewriting import Rewriting
from cbcnn_codegen.passes.rounded_sums import refuse_tied_scores, refuse_ties

SMALLEST: Final = 2.0**-103
"""Smallest part of a score: `2**-126`, the smallest normal float32, times its precision."""


def fold_scores(graph: Graph) -> Graph:
    """Replace multiplier, bias and batch norms behind the last sums with `Scores`.

    `x * m + o` composed with a batch norm is `x * (m * inv) + (o * inv + (beta - mean * inv))`,
    computed in float32 in this order. For a single batch norm behind a plain binary layer these are
    the numbers that Keras uses for rank 2. A pooling in between takes the maximum of what the steps
    before it made; where these fall, the channel's weights and multiplier change their sign.
    Anything else there, such as a ReLU, leaves the sums to floats.

    Raises:
        UnsupportedLayerError: the scores are not finite, or TensorFlow's rounding of sums probably
            decides classes.
    """
    if not any(isinstance(op, Product | RealConv | RealDense) for op in graph.ops):
        raise UnsupportedLayerError(
            "the model cannot be generated",
            found="no binary convolution or dense layer",
            allowed="at least one QuantConv2D or QuantDense",
        )
    folding = _Folding(graph)
    folded = folding.rewrite()
    return replace(folded, knife_edges=(*graph.knife_edges, *folding.knife_edges))


def _demand_exact(name: str, multiplier: Float32Array, offset: Float32Array) -> None:
    """Demand finite scores that C computes as the interpreter does.

    Products and sums of float32 numbers are multiples of the smallest step of either. From
    `SMALLEST` on that step is no denormal number, which C would keep and TensorFlow makes 0.
    """
    for what, values in (("multiplier", multiplier), ("offset", offset)):
        size = np.abs(values)
        wrong = ~((size == 0) | ((size >= SMALLEST) & (size < np.inf)))
        if wrong.any():
            raise UnsupportedLayerError(
                f"the scores of layer {name!r} cannot be generated",
                found=f"{what} {values[wrong][0]:g} of score {np.flatnonzero(wrong)[0]}",
                allowed=f"0, or a magnitude from {SMALLEST:g} to {np.finfo(np.float32).max:g}",
                suggestion="a larger epsilon, or train the last layers again; their numbers are "
                "broken",
            )


class _Affine(NamedTuple):
    """What a chain does to sums: `x * multiplier + offset`, and a maximum over windows.

    `falls` are the channels whose maximum is that of the negated sums.
    """

    multiplier: Float32Array
    offset: Float32Array
    pool: Node | None
    falls: BoolArray

    def of_each(self, scores: int) -> _Affine:
        """The same with numbers for each of so many scores."""
        offset = _tile(self.offset, scores)
        return self._replace(multiplier=_tile(self.multiplier, scores), offset=offset)


class _Folding(Rewriting):
    """Puts the scores beside the chains that make them, which then lead to nothing."""

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        self.knife_edges: list[tuple[str, tuple[int, ...]]] = []

    def visit(self, node: Node) -> None:
        self.keep(node)

    def output(self, name: str) -> str:
        """The scores in place of an output, if it is made of sums of products."""
        chain = chain_of_scores(self.old, name)
        if chain is None:
            return self.now(name)
        maker = self.old.maker(chain.start)
        channels, size = (self.old.types[of].shape for of in (chain.start, name))
        affine = _compose(chain, channels.channels, size.size)
        if self.old.has_classes:
            affine = affine.of_each(size.size)
        _demand_exact(maker.source or maker.name, affine.multiplier, affine.offset)
        if self.old.has_classes:
            self._demand_certain(chain, affine)
        read = self.now(maker.name)
        if affine.falls.any() and isinstance(maker.op, Product):
            read = self.inherit(maker.name, chain)
            op = replace(maker.op.negated(affine.falls), name=read)
            self.put(replace(maker, op=op, as_read=""))
        if affine.pool is not None:
            pool = replace(affine.pool.op, name=self.inherit(affine.pool.name, chain))
            self.put(Node(pool, (read,)))
            read = pool.name
        scores = Scores(self.fresh("scores"), affine.multiplier, affine.offset)
        self.put(Node(scores, (read,), maker.source))
        return scores.name

    def _demand_certain(self, chain: NodeChain, affine: _Affine) -> None:
        """Refuse classes that TensorFlow's rounding probably decides.

        Of a single score also remember whether another rounding would change a label.
        """
        element = self.old.types[chain.start].element
        if len(affine.offset) > 1:
            problem = refuse_tied_scores(chain.nodes, element, affine.multiplier, affine.offset)
            if problem is not None:
                raise problem
            return
        none, label = np.zeros(1, np.bool_), Sign("label", 1)
        ops = [*(node.op for node in chain.nodes if isinstance(node.op, Monotone)), label]
        flips = find_flip_points(ops, element, none)
        ties = find_ties(ops, element, none, flips)
        if ties:
            raise refuse_ties(chain.nodes, ties, "label")
        own = Affine("scores", np.where(affine.falls, -1, 1) * affine.multiplier, affine.offset)
        folded = find_flip_points([own, label], element, none)
        same = (reachable(element, folded) == reachable(element, flips)).all()
        if find_knife_edges(ops, element, none, flips) or not same:
            self.knife_edges.append((chain.end, (0,)))


def _compose(chain: NodeChain, channels: int, scores: int) -> _Affine:
    """The functions of a chain in one.

    Args:
        chain: from sums to scores.
        channels: of the sums.
        scores: how many there are.

    Returns:
        Numbers for each channel; for each score behind a Flatten.
    """
    multiplier, offset = np.ones(channels, np.float32), np.zeros(channels, np.float32)
    falls = np.zeros(channels, np.bool_)
    pool: Node | None = None
    for node in chain.nodes:
        affine = as_affine(node.op, len(multiplier))
        if affine is not None:
            factor, shift = affine
            with np.errstate(over="ignore", invalid="ignore"):  # `_demand_exact` says which it is
                multiplier = flush_denormals(multiplier * factor)
                offset = flush_denormals(flush_denormals(offset * factor) + shift)
        elif isinstance(node.op, Flatten):
            multiplier, offset = _tile(multiplier, scores), _tile(offset, scores)
        elif isinstance(node.op, MaxPool) and pool is None:
            pool, falls = node, multiplier < 0
            multiplier = np.abs(multiplier)
        else:
            raise ValueError(f"{node.name} is no part of scores")
    return _Affine(multiplier, offset, pool, falls)


def _tile(values: Float32Array, scores: int) -> Float32Array:
    """The values of the channels for every position of a map of so many numbers."""
    return np.tile(values, scores // len(values)).astype(np.float32)
