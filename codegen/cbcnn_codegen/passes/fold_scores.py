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
    Operation,
    Product,
    flush_denormals,
)
from cbcnn_codegen.ops.flatten import Flatten
from cbcnn_codegen.ops.max_pool import MaxPool
from cbcnn_codegen.ops.scores import Scores
from cbcnn_codegen.passes.chains import Chain, chain_to
from cbcnn_codegen.passes.rewriting import Rewriting

SMALLEST: Final = 2.0**-103
"""Of what scores are made of: `2**-126`, the smallest normal float32, times its precision."""


def fold_scores(graph: Graph) -> Graph:
    """Replace multiplier, bias and batch norms behind the last sums with `Scores`.

    `x * m + o` composed with a batch norm is `x * (m * inv) + (o * inv + (beta - mean * inv))`,
    computed in float32 in this order. For a single batch norm behind a plain binary layer these are
    the numbers that Keras uses for rank 2. A pooling in between takes the maximum of what the steps
    before it made; where these fall, the channel's weights and multiplier change their sign.

    Raises:
        UnsupportedLayerError: something that is not affine stands between the last binary layer and
            the scores, or a second pooling.
    """
    if not any(isinstance(op, Product) for op in graph.ops):
        raise UnsupportedLayerError(
            "the model cannot be generated",
            found="no binary convolution or dense layer",
            allowed="at least one QuantConv2D or QuantDense",
        )
    return _Folding(graph).rewrite()


def _demand_exact(name: str, multiplier: Float32Array, offset: Float32Array) -> None:
    """Demand scores that are finite, and that C computes as the interpreter does.

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


class _Folding(Rewriting):
    """Puts the scores beside the chains that make them, which then lead to nothing."""

    def visit(self, node: Node) -> None:
        self.keep(node)

    def output(self, name: str) -> str:
        """The scores in place of what was put out, if that is made of sums of products."""
        chain = chain_to(self.old, name)
        maker = self.old.node(chain.start)
        if maker is None or not isinstance(maker.op, Product):
            return self.now(name)
        affine = _compose(chain, len(maker.op.weights), self.old.types[name].shape.size)
        _demand_exact(maker.source or maker.name, affine.multiplier, affine.offset)
        read = maker.name
        if affine.falls.any():
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


def _compose(chain: Chain, channels: int, scores: int) -> _Affine:
    """The functions of a chain behind each other.

    Args:
        chain: from sums to scores.
        channels: of the sums.
        scores: how many there are.
    """
    multiplier, offset = np.ones(channels, np.float32), np.zeros(channels, np.float32)
    falls = np.zeros(channels, np.bool_)
    pool: Node | None = None
    for node in chain.nodes:
        affine = _as_affine(node.op, len(multiplier))
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
            raise UnsupportedLayerError(
                layer=repr(node.name),
                found=f"{type(node.op).__name__} between the last binary layer and the scores",
                allowed="batch normalisation, and max pooling once",
                suggestion="remove it: the largest score stays the largest",
            )
    return _Affine(_tile(multiplier, scores), _tile(offset, scores), pool, falls)


def _as_affine(op: Operation, channels: int) -> tuple[Float32Array, Float32Array] | None:
    with np.errstate(over="ignore", invalid="ignore"):
        return op.as_affine(channels) if isinstance(op, Monotone) else None


def _tile(values: Float32Array, scores: int) -> Float32Array:
    """The values of the channels for every position of a map of so many numbers."""
    return np.tile(values, scores // len(values)).astype(np.float32)
