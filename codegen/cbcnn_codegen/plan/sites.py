"""Turns a graph into sites; only here do values get a name, a layout and a type in C."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

import numpy as np

from cbcnn_codegen.ir import Graph, Operation
from cbcnn_codegen.kernels import Layout, Site, StoredMap, TypeSizes
from cbcnn_codegen.kernels.comparison import Comparing, clipped_thresholds
from cbcnn_codegen.ops.real_scores import RealScores
from cbcnn_codegen.ops.scores import Scores
from cbcnn_codegen.ops.sign_scores import SignScores
from cbcnn_codegen.options import ScoreType
from cbcnn_codegen.passes.widths import find_narrow
from cbcnn_codegen.plan.zeros import share_of_zeros
from cbcnn_codegen.targets import Target

IMAGE: Final = "image"
"""Name of the caller's image, in the C too."""

_NARROW: Final = np.iinfo(np.int16)
_LAYOUTS: Final[dict[tuple[str, int], Layout]] = {
    ("signs", 32): "pixel_words",
    ("integers", 8): "int8",
    ("integers", 16): "int16",
    ("integers", 32): "int32",
    ("float32", 32): "reals",
}
OUTPUTS: Final = (Scores, RealScores, SignScores)
"""The operations that make what the network puts out, in the caller's memory."""

_SCORE_LAYOUTS: Final[dict[ScoreType, Layout]] = {"integer": "fixed_point", "float": "float32"}


def make_sites(graph: Graph, target: Target, score_type: ScoreType) -> tuple[Site, ...]:
    """A site for each operation, in order; behind the others those that make the outputs.

    Raises:
        ValueError: the graph is not lowered, or puts out something else; a defect of the tool.
    """
    if not all(isinstance(graph.maker(name).op, OUTPUTS) for name in graph.outputs):
        raise ValueError(f"not a graph that ends with scores:\n{graph}")
    stored = store_maps(graph, score_type)
    sizes = TypeSizes(
        target.word_bits,
        _threshold_bits(graph, stored),
        target.pointer_bytes,
        target.lane_words,
        target.has_lists,
    )
    sites = connect_sites(graph, stored, sizes)
    made = {stored[name].name: place for place, name in enumerate(graph.outputs)}
    return tuple(sorted(sites, key=lambda site: made.get(site.output.name, -1)))


def connect_sites(
    graph: Graph, stored: Mapping[str, StoredMap], sizes: TypeSizes
) -> tuple[Site, ...]:
    """The operations between the maps that they read and make.

    Raises:
        ValueError: the graph is not lowered; that is a defect of the tool.
    """
    sites: list[Site] = []
    for node in graph.nodes:
        if not graph.is_lowered(node):
            raise ValueError(f"not a lowered graph:\n{graph}")
        if node.op.is_renaming:
            continue
        sources = tuple(stored[name] for name in node.inputs)
        sites.append(Site(node.op, sources, stored[node.name], graph.input, sizes))
    return tuple(sites)


def map_name(index: int) -> str:
    """Name of the map that an operation makes, by its place in the order."""
    return f"map_{index}"


def store_maps(
    graph: Graph, score_type: ScoreType, narrow: Collection[str] | None = None
) -> dict[str, StoredMap]:
    """The image and what each operation makes, by the name of the value.

    Args:
        graph: lowered.
        score_type: of the scores.
        narrow: values of integers that lie in 16 bits; None for all that can.
    """
    narrow = find_narrow(graph) if narrow is None else narrow
    image = graph.input
    zeros = share_of_zeros(graph)
    stored = {image.name: StoredMap(IMAGE, image.shape, "plane", image.type.element.largest)}
    for index, node in enumerate(graph.nodes):
        element, shape = graph.types[node.name]
        if node.op.is_renaming:
            stored[node.name] = stored[node.inputs[0]]._replace(shape=shape)
            continue
        bits = 16 if node.name in narrow else element.bits
        layout = _score_layout(node.op, score_type) or _LAYOUTS[element.kind, bits]
        name, share = map_name(index), zeros[node.name]
        stored[node.name] = StoredMap(name, shape, layout, element.largest, share)
    return stored


def _score_layout(op: Operation, score_type: ScoreType) -> Layout | None:
    """That of what the operation makes if these are scores; floats and signs have one form."""
    if isinstance(op, RealScores | SignScores):
        return "float32" if isinstance(op, RealScores) else "fixed_point"
    return _SCORE_LAYOUTS[score_type] if isinstance(op, Scores) else None


def _threshold_bits(graph: Graph, stored: Mapping[str, StoredMap]) -> int:
    """16 where all thresholds of the model fit, else 32."""
    for node in graph.nodes:
        op = node.op
        if isinstance(op, Comparing) and op.thresholds is not None:
            thresholds = clipped_thresholds(op, stored[node.inputs[0]])
            if thresholds.min() < _NARROW.min or thresholds.max() > _NARROW.max:
                return 32
    return 16
