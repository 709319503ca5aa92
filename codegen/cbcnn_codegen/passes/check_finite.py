"""No float32 step overflows, for any integer that can occur."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from cbcnn_codegen.errors import UnsupportedLayerError
from cbcnn_codegen.ir import FloatArray, Graph, Monotone, Node
from cbcnn_codegen.ops.flatten import Flatten
from cbcnn_codegen.ops.max_pool import MaxPool

_LARGEST = np.float32(2.0**127)
"""Half of what float32 holds: the rounded partial sums of TensorFlow reach little further."""

_SHOWN = 8


def check_finite(graph: Graph) -> Graph:
    """Demand that every float between integers and signs or scores is finite.

    Every step (multiplier, bias, batch norm, ReLU) is a monotone function of the accumulator, so
    all of its values are finite if those for the smallest and the largest accumulator are. The sign
    of an infinite value or NaN means nothing: TensorFlow makes NaN of infinity minus infinity, and
    neither 1 nor -1 of NaN.

    Returns:
        The same graph.

    Raises:
        UnsupportedLayerError: some step is not finite; names every such layer with its channels.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        problems = [*_problems(graph)]
    if problems:
        raise UnsupportedLayerError.join(problems)
    return graph


def _problems(graph: Graph) -> Iterator[UnsupportedLayerError]:
    """The first layer of each chain that overflows; later ones add nothing new."""
    limits: dict[str, FloatArray] = {}
    for name, (element, shape) in graph.types.items():
        node = graph.node(name)
        source = None if node is None else limits.get(node.inputs[0])
        if element.kind != "float32":
            ends = np.array([[element.low], [element.high]], np.float32)
            limits[name] = np.repeat(ends, shape.channels, axis=1)
        elif node is None or source is None:
            continue
        elif isinstance(node.op, Monotone):
            for what, values in node.op.steps(source):
                overflows = ~(np.abs(values) < _LARGEST).all(axis=0)
                if overflows.any():
                    yield _refuse(node, what, values, np.flatnonzero(overflows))
                    break
            else:
                limits[name] = values
        elif isinstance(node.op, MaxPool | Flatten):
            limits[name] = np.tile(source, (1, shape.channels // source.shape[1]))


def _refuse(
    node: Node, what: str, values: FloatArray, channels: npt.NDArray[np.intp]
) -> UnsupportedLayerError:
    shown = ", ".join(map(str, channels[:_SHOWN])) + (", …" if len(channels) > _SHOWN else "")
    worst = values[:, channels[0]]
    found = worst[~(np.abs(worst) < _LARGEST)][0]
    return UnsupportedLayerError(
        layer=repr(node.source or node.name),
        found=f"{what} is {found:g} in channel{'s' * (len(channels) > 1)} {shown}, "
        "for sums that can occur",
        allowed=f"finite numbers, less than {_LARGEST:g}",
        suggestion="a larger epsilon; or train the layer again, its numbers are broken",
    )
