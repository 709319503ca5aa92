"""Product, pooling and comparison become one operation."""

from __future__ import annotations

from cbcnn_codegen.errors import UnsupportedLayerError
from cbcnn_codegen.ir import (
    NO_PADDING,
    BinarizeInput,
    BinaryConv,
    BinaryDense,
    BoolArray,
    Conv,
    Graph,
    Int32Array,
    MaxPool,
    Op,
    Threshold,
    Window,
)
from cbcnn_codegen.passes.segments import Segment, join_segments, split_segments


def fuse_blocks(graph: Graph) -> Graph:
    """Join what one kernel computes, so that no full-resolution map ever exists.

    What is left are `BinarizeInput`, `BinaryConv`, `BinaryDense`, `PoolSigns` and `Scores`.
    """
    return join_segments(graph, [_fuse(segment) for segment in split_segments(graph)])


def _fuse(segment: Segment) -> tuple[Op, ...]:
    producer, chain = segment.producer, list(segment.chain)
    if producer is None:
        return tuple(_fuse_image_op(op) for op in chain)
    pool: Window | None = None
    if chain and isinstance(chain[0], MaxPool):
        pool = chain.pop(0).window  # type: ignore[union-attr]
    thresholds: Int32Array | None = None
    complement: BoolArray | None = None
    source = producer.name
    if chain and isinstance(chain[0], Threshold):
        threshold = chain.pop(0)
        assert isinstance(threshold, Threshold), "just asked"
        thresholds, complement = threshold.thresholds, threshold.complement
        source = threshold.source
    fused: Op
    if isinstance(producer, Conv):
        fused = BinaryConv(
            producer.name,
            producer.weights,
            producer.window,
            round(producer.pad),
            pool,
            thresholds,
            complement,
            source,
        )
    else:
        assert pool is None or _is_identity(pool), "a dense layer makes a 1x1 map"
        fused = BinaryDense(producer.name, producer.weights, thresholds, complement, source)
    return (fused, *chain)


def _is_identity(pool: Window) -> bool:
    return pool.padding == NO_PADDING and pool.height == 1 and pool.width == 1


def _fuse_image_op(op: Op) -> Op:
    if isinstance(op, Threshold):
        return BinarizeInput(op.name, op.thresholds, op.complement, op.source)
    if isinstance(op, MaxPool):
        raise UnsupportedLayerError(
            f"layer {op.name!r} cannot be generated",
            found="max pooling of the image before any binary layer",
            allowed="max pooling behind a binary layer or behind a sign",
            suggestion="shrink the images before they enter the network",
        )
    return op
