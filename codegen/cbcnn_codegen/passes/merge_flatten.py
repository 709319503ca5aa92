"""Flatten disappears: a dense layer reads the map in its own shape."""

from __future__ import annotations

from dataclasses import replace

from cbcnn_codegen.errors import UnsupportedLayerError
from cbcnn_codegen.ir import BatchNorm, Dense, Flatten, Graph, Op, Shape
from cbcnn_codegen.passes.segments import Segment, join_segments, split_segments


def merge_flatten(graph: Graph) -> Graph:
    """Give every dense layer the weights' shape of the map that it reads, and drop Flatten.

    Flatten keeps NHWC order, so it only renames positions; it commutes with every operation that
    treats positions alike. At the end of a network nothing is left to rename, unless a batch norm
    behind it has one pair of values for every position: then it stays for `fold_scores`.

    Raises:
        UnsupportedLayerError: a batch norm that differs by position stands before a sign.
    """
    maps = graph.maps()
    shapes = dict(zip((op.name for op in graph.ops), (m.shape for m in maps), strict=False))
    segments = split_segments(graph)
    merged: list[list[Op]] = []
    before: Shape | None = None
    for position, segment in enumerate(segments):
        is_head = position == len(segments) - 1
        ops = [_reshape(op, before) for op in segment.ops]
        before = next((shapes[op.name] for op in ops if isinstance(op, Flatten)), None)
        merged.append(ops if _must_stay(segment, before, is_head) else _without_flatten(ops))
    return join_segments(graph, merged)


def _without_flatten(ops: list[Op]) -> list[Op]:
    return [op for op in ops if not isinstance(op, Flatten)]


def _reshape(op: Op, before: Shape | None) -> Op:
    if before is None or not isinstance(op, Dense):
        return op
    return replace(op, weights=op.weights.reshape(len(op.weights), *before))


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
