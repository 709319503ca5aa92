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
from cbcnn_codegen.passes.fuse_shortcuts import fuse_shortcuts
from cbcnn_codegen.passes.integer_groups import Ranges
from cbcnn_codegen.passes.leave_integers import leave_integers
from cbcnn_codegen.passes.live_bytes import live_bytes
from cbcnn_codegen.passes.merge_flatten import merge_flatten
from cbcnn_codegen.passes.move_scales import move_scales
from cbcnn_codegen.passes.move_signs import move_signs
from cbcnn_codegen.passes.pair_joins import pair_joins
from cbcnn_codegen.passes.quantize_reals import quantize_reals
from cbcnn_codegen.passes.remember import remember
from cbcnn_codegen.passes.split_joins import ENDS, split_joins
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

_AS_SMALL: Final = 0.02
"""Part of the memory for values below which it counts as the same."""


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
        return _lower(graph, PASSES)
    steps = (partial(quantize_reals, ranges=ranges), fuse_shortcuts)
    return _run(lower_unfused(graph), steps)


def lower_unfused(graph: Graph) -> Graph:
    """The same with a value of its own for whatever an operation makes; a calibration sees it."""
    return _lower(graph, TO_FLOATS)


def _lower(graph: Graph, steps: tuple[Pass, ...]) -> Graph:
    """Run the passes, joins split as far as that saves memory.

    Splitting takes code and tables, and the values that it makes live at other times. So the
    network that is taken splits the fewest joins of those that keep within a fiftieth of the least
    memory for values.
    """
    at = steps.index(split_joins)
    start = _run_each(graph, steps[:at])
    split: list[Graph] = []
    for ends in ENDS:
        found = split_joins(start, ends)
        if not split or _names(found) != _names(split[-1]):
            split.append(found)
    whole = _run(split[-1], steps[at + 1 :])
    ways = [*(_try(one, steps[at + 1 :]) for one in split[:-1]), whole]
    needs = [(live_bytes(way), way) for way in ways if way is not None]
    least = min(need for need, _ in needs)
    return next(way for need, way in needs if need <= least * (1 + _AS_SMALL))


def _names(graph: Graph) -> list[str]:
    return [node.name for node in graph.nodes]


def _try(graph: Graph, steps: Iterable[Pass]) -> Graph | None:
    """What passes make of a graph; None if they cannot lower it."""
    try:
        return _run(graph, steps)
    except UnsupportedLayerError:
        return None


def _run_each(graph: Graph, steps: Iterable[Pass]) -> Graph:
    graph.check()
    for step in steps:
        try:
            graph = step(graph)
        except UnsupportedLayerError as problem:
            raise UnsupportedLayerError.join([problem, *_obstacles(graph)]) from None
        graph.check()
    return graph


def _run(graph: Graph, steps: Iterable[Pass]) -> Graph:
    """Run the last passes; demand that everything is lowered."""
    graph = _run_each(graph, steps)
    problems = [*_problems(graph)]
    if problems:
        raise UnsupportedLayerError.join(problems)
    return graph


def _problems(graph: Graph) -> Iterator[UnsupportedLayerError]:
    """Why a graph is not lowered after all passes."""
    obstacles = [*_obstacles(graph)]
    yield from obstacles or (_left(node) for node in graph.nodes if not graph.is_lowered(node))
    yield from map(_left, _read_unbinarized(graph))


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
