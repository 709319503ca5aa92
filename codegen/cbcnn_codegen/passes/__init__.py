"""From the network as read to what kernels compute, one idea per pass.

Every pass is a pure function from graph to graph without an observable effect: the reference
interpreter computes the same signs, accumulators and classes before and after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final

from cbcnn_codegen.errors import UnsupportedLayerError
from cbcnn_codegen.ir import Graph, Node, Product
from cbcnn_codegen.passes.check_finite import check_finite
from cbcnn_codegen.passes.fold_scores import fold_scores
from cbcnn_codegen.passes.fold_thresholds import fold_thresholds
from cbcnn_codegen.passes.fuse_blocks import fuse_blocks
from cbcnn_codegen.passes.fuse_real_blocks import fuse_real_blocks
from cbcnn_codegen.passes.integer_groups import Ranges
from cbcnn_codegen.passes.leave_integers import leave_integers
from cbcnn_codegen.passes.merge_flatten import merge_flatten
from cbcnn_codegen.passes.move_scales import move_scales
from cbcnn_codegen.passes.move_signs import move_signs
from cbcnn_codegen.passes.pair_joins import pair_joins
from cbcnn_codegen.passes.quantize_reals import quantize_reals
from cbcnn_codegen.passes.remember import remember
from cbcnn_codegen.passes.split_joins import split_joins
from cbcnn_codegen.passes.sum_averages import sum_averages
from cbcnn_codegen.passes.to_floats import to_floats
from cbcnn_codegen.passes.widen_integers import widen_integers

__all__ = ["PASSES", "Ranges", "lower", "lower_unfused"]

Pass = Callable[[Graph], Graph]

TO_FLOATS: Final[tuple[Pass, ...]] = (
    remember,
    leave_integers,
    move_scales,
    check_finite,
    merge_flatten,
    move_signs,
    split_joins,
    sum_averages,
    fold_thresholds,
    fold_scores,
    fuse_blocks,
    pair_joins,
    to_floats,
    widen_integers,
)
"""Up to where every value that is no integer is one of floats by itself."""

PASSES: Final[tuple[Pass, ...]] = (*TO_FLOATS, fuse_real_blocks)


def lower(graph: Graph, ranges: Ranges | None = None) -> Graph:
    """Run every pass and check the graph after each.

    Args:
        graph: as read.
        ranges: of a calibration; they quantize what would be computed in float32.

    Returns:
        A graph of lowered operations: integer arithmetic as far as it goes, floats, and scores.

    Raises:
        UnsupportedLayerError: names all operations that have no integer form.
    """
    if ranges is None:
        return _run(graph, PASSES)
    return _run(lower_unfused(graph), [partial(quantize_reals, ranges=ranges)])


def lower_unfused(graph: Graph) -> Graph:
    """The same with a value of its own for whatever an operation makes; a calibration sees it."""
    return _run(graph, TO_FLOATS)


def _run(graph: Graph, steps: Iterable[Pass]) -> Graph:
    graph.check()
    for step in steps:
        try:
            graph = step(graph)
        except UnsupportedLayerError as problem:
            raise UnsupportedLayerError.join([problem, *_obstacles(graph)]) from None
        graph.check()
    problems = [*_problems(graph)]
    if problems:
        raise UnsupportedLayerError.join(problems)
    return graph


def _problems(graph: Graph) -> Iterator[UnsupportedLayerError]:
    """Why a graph is not lowered after all passes."""
    obstacles = [*_obstacles(graph)]
    yield from obstacles or (_left(node) for node in graph.nodes if not graph.is_lowered(node))
    yield from map(_left, _read_unbinarized(graph))
    if len(graph.outputs) != 1:
        yield UnsupportedLayerError(
            f"the model has {len(graph.outputs)} outputs",
            found=", ".join(map(repr, graph.outputs)),
            allowed="one output, the class scores",
            suggestion="a model with one output",
        )


def _read_unbinarized(graph: Graph) -> Iterator[Node]:
    """The integers that a product reads, apart from the image."""
    read = {node.inputs[0] for node in graph.nodes if isinstance(node.op, Product)}
    made = (node for node in graph.nodes if node.name in read)
    return (node for node in made if graph.types[node.name].element.kind == "integers")


def _obstacles(graph: Graph) -> Iterator[UnsupportedLayerError]:
    """The operations for which there is neither a pass nor a kernel."""
    return (node.obstacle for node in graph.nodes if node.obstacle is not None)


def _left(node: Node) -> UnsupportedLayerError:
    if len(node.inputs) > 1:
        return UnsupportedLayerError(
            layer=repr(node.name),
            found=f"{type(node.op).__name__} of signs or of sums, which a binary layer reads",
            allowed="real numbers: what batch normalizations make",
            suggestion="a batch normalization in front of it, on each branch",
        )
    return UnsupportedLayerError(
        layer=repr(node.name),
        found=f"{type(node.op).__name__}, which leads neither to signs nor to scores",
        allowed="between binary layers, what a sign follows; at the end, class scores",
        suggestion="a sign behind it, or leave it out",
    )
