"""Flatten disappears: a dense layer reads the map in its own shape."""

from __future__ import annotations

from dataclasses import replace

from cbcnn_codegen.errors import UnsupportedLayerError
from cbcnn_codegen.ir import BatchNorm, Conv, Dense, Flatten, Graph, Op, Product, Shape
from cbcnn_codegen.passes.segments import Segment, join_segments, split_segments


def merge_flatten(graph: Graph) -> Graph:
    """Give every dense layer the weights' shape of the map that it reads, and drop Flatten.

    Flatten keeps NHWC order, so it only renames positions; it commutes with every operation that
    treats positions alike. What treats the flattened map as one pixel is a dense layer if it is a
    convolution, and nothing at all if it is a pool. At the end of a network nothing is left to
    rename, unless a batch norm behind it has one pair of values for every position: then it stays
    for `fold_scores`.

    Raises:
        UnsupportedLayerError: a batch norm that differs by position stands before a sign, or a
            flattened map is padded with other values than 0.
    """
    maps = graph.maps()
    shapes = dict(zip((op.name for op in graph.ops), (m.shape for m in maps), strict=False))
    segments = split_segments(graph)
    merged: list[list[Op]] = []
    before: Shape | None = None
    for position, segment in enumerate(segments):
        is_head = position == len(segments) - 1
        producer = [] if segment.producer is None else [_reshape(segment.producer, before)]
        ops: list[Op] = [*producer, *segment.working_chain]
        before = next((shapes[op.name] for op in ops if isinstance(op, Flatten)), None)
        merged.append(ops if _must_stay(segment, before, is_head) else _without_flatten(ops))
    return join_segments(graph, merged)


def _without_flatten(ops: list[Op]) -> list[Op]:
    return [op for op in ops if not isinstance(op, Flatten)]


def _reshape(op: Product, before: Shape | None) -> Product:
    if before is None or before.height * before.width == 1:
        return op
    dense = _as_dense(op) if isinstance(op, Conv) else op
    return replace(dense, weights=dense.weights.reshape(len(dense.weights), *before))


def _as_dense(conv: Conv) -> Dense:
    """A convolution of one pixel: one tap of its window meets it, all others the padding."""
    if conv.pad != 0 and any(conv.window.padding):
        raise UnsupportedLayerError(
            f"layer {conv.name!r} cannot be generated",
            found=f"pad_values={conv.pad:g} around the one pixel that a flattened map was made to",
            allowed="pad_values=0 there, or a kernel of one pixel",
            suggestion="QuantDense in its place",
        )
    top, left = conv.window.padding[:2]
    return Dense(conv.name, conv.weights[:, top, left], conv.multiplier, conv.bias)


def _must_stay(segment: Segment, before: Shape | None, is_head: bool) -> bool:
    if before is None or before.height * before.width == 1:
        return False
    flat = segment.chain[[isinstance(op, Flatten) for op in segment.chain].index(True) + 1 :]
    for op in flat:
        if isinstance(op, BatchNorm):
            if not is_head or segment.binarizes:
                raise UnsupportedLayerError(
                    f"layer {op.name!r} cannot be generated",
                    found=f"batch normalisation of a flattened {before.height}x{before.width} map",
                    allowed="batch normalisation per channel before Flatten",
                    suggestion="put the batch normalisation before Flatten",
                )
            return True
    return False
