"""From a graph to sites: the one place where values get a name, a layout and a type in C."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from cbcnn_codegen.ir import BinarizeInput, BinaryConv, BinaryDense, Graph, Kind, Scores
from cbcnn_codegen.kernels import IntegerOp, Layout, Site, StoredMap, TypeSizes
from cbcnn_codegen.kernels.comparison import clipped_thresholds, largest_accumulator
from cbcnn_codegen.options import ScoreType
from cbcnn_codegen.targets import Target

IMAGE: Final = "image"
"""Name of the caller's image, in the C too."""

_NARROW: Final = np.iinfo(np.int16)
_LAYOUTS: Final[dict[Kind, Layout]] = {
    "plane": "plane",
    "signs": "pixel_words",
    "accumulators": "int32",
}
_SCORE_LAYOUTS: Final[dict[ScoreType, Layout]] = {"integer": "fixed_point", "float": "float32"}


def make_sites(graph: Graph, target: Target, score_type: ScoreType) -> tuple[Site, ...]:
    """A site for each operation, in order; the last one makes the scores.

    Raises:
        ValueError: the graph is not lowered, or ends with something else; a defect of the tool.
    """
    if not graph.ops or not isinstance(graph.ops[-1], Scores):
        raise ValueError(f"not a graph that ends with scores:\n{graph}")
    ops, stored = integer_ops(graph), store_maps(graph, score_type)
    sizes = TypeSizes(
        target.word_bits,
        _threshold_bits(ops, stored),
        target.pointer_bytes,
        target.lane_words,
    )
    return connect_sites(graph, stored, sizes)


def connect_sites(graph: Graph, stored: Sequence[StoredMap], sizes: TypeSizes) -> tuple[Site, ...]:
    """The operations between their maps, which are the image and what each of them makes."""
    return tuple(
        Site(op, (source,), output, graph.input, sizes)
        for op, source, output in zip(integer_ops(graph), stored, stored[1:], strict=False)
    )


def integer_ops(graph: Graph) -> tuple[IntegerOp, ...]:
    """The operations of a lowered graph.

    Raises:
        ValueError: it is not lowered; that is a defect of the tool.
    """
    ops = tuple(op for op in graph.ops if isinstance(op, IntegerOp))
    if len(ops) != len(graph.ops):
        raise ValueError(f"not an integer graph:\n{graph}")
    return ops


def map_name(index: int) -> str:
    """Name of the map that an operation makes, by its place in the order."""
    return f"map_{index}"


def store_maps(graph: Graph, score_type: ScoreType) -> tuple[StoredMap, ...]:
    """The image, then what each operation makes."""
    largest = max(map(abs, graph.input.limits))
    stored = [StoredMap(IMAGE, graph.input.shape, "plane", largest)]
    for index, (op, made) in enumerate(zip(integer_ops(graph), graph.maps()[1:], strict=True)):
        if made.kind == "scores":
            layout, largest = _SCORE_LAYOUTS[score_type], 0
        else:
            layout, largest = _LAYOUTS[made.kind], _largest(op, stored[-1], made.kind)
        stored.append(StoredMap(map_name(index), made.shape, layout, largest))
    return tuple(stored)


def _largest(op: IntegerOp, source: StoredMap, kind: Kind) -> int:
    """Bound of the magnitude of what an operation makes."""
    if kind == "accumulators" and isinstance(op, BinaryConv | BinaryDense):
        return largest_accumulator(op, source)
    return 1


def _threshold_bits(ops: Sequence[IntegerOp], sources: Sequence[StoredMap]) -> int:
    """16 where all thresholds of the model fit, else 32."""
    for op, source in zip(ops, sources, strict=False):
        if isinstance(op, BinarizeInput | BinaryConv | BinaryDense) and op.thresholds is not None:
            thresholds = clipped_thresholds(op, source)
            if thresholds.min() < _NARROW.min or thresholds.max() > _NARROW.max:
                return 32
    return 16
