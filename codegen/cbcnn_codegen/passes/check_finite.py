"""No float32 step overflows, for any integer that can occur."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from cbcnn_codegen.arithmetic import batch_norm, inverse_deviation
from cbcnn_codegen.errors import UnsupportedLayerError
from cbcnn_codegen.ir import BatchNorm, Float32Array, Graph, Relu, Sign
from cbcnn_codegen.passes.flip_point import accumulator_limits
from cbcnn_codegen.passes.segments import Segment, split_segments

_LARGEST = np.float32(2.0**127)
"""Half of what float32 holds: the rounded partial sums of TensorFlow reach little further."""

_SHOWN = 8


def check_finite(graph: Graph) -> Graph:
    """Demand that every float between integers and signs or scores is finite.

    Every step (multiplier, bias, batch norm, ReLU) is a monotone function of the accumulator, so
    what lies between its values for the smallest and the largest accumulator is finite if these two
    are. What is infinite or not a number there has no sign that means anything: TensorFlow makes
    NaN of infinity minus infinity, and neither 1 nor -1 of NaN.

    Returns:
        The same graph.

    Raises:
        UnsupportedLayerError: some step is not finite; every such layer is told, with its channels.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        problems = [p for segment in split_segments(graph) for p in _problems(segment, graph)]
    if problems:
        raise UnsupportedLayerError.join(problems)
    return graph


def _problems(segment: Segment, graph: Graph) -> Iterator[UnsupportedLayerError]:
    """The first layer of the chain that overflows; what follows it says nothing new."""
    for name, what, values in _steps(segment, graph):
        overflows = ~(np.abs(values) < _LARGEST).all(axis=0)
        if overflows.any():
            yield _refuse(name, what, values, np.flatnonzero(overflows))
            return


def _steps(segment: Segment, graph: Graph) -> Iterator[tuple[str, str, Float32Array]]:
    """Layer, what it computes, and that for both limits of the accumulator: 2 x channels."""
    producer = segment.producer
    channels = segment.source.shape.channels if producer is None else len(producer.weights)
    limits = np.array(accumulator_limits(segment, graph.input), np.float32)
    value: Float32Array = np.repeat(limits[:, None], channels, axis=1)
    if producer is not None:
        if producer.multiplier is not None:
            value = value * producer.multiplier
            yield producer.name, "the sum", value
        if producer.bias is not None:
            value = value + producer.bias
            yield producer.name, "the sum with its bias", value
    for op in segment.chain:
        match op:
            case BatchNorm():
                inverse = inverse_deviation(op)
                yield op.name, "gamma / sqrt(variance + epsilon)", inverse[None]
                repeats = len(op.gamma) // value.shape[1]
                value = np.tile(value, (1, repeats))
                value = batch_norm(op, value).astype(np.float32)
                yield op.name, "the result", value
            case Relu():
                value = np.maximum(value, np.float32(0))
            case Sign():
                value = np.repeat(np.array([[-1], [1]], np.float32), value.shape[1], axis=1)
            case _:
                pass  # pooling and Flatten pick values, they do not change them


def _refuse(
    name: str, what: str, values: Float32Array, channels: npt.NDArray[np.intp]
) -> UnsupportedLayerError:
    shown = ", ".join(map(str, channels[:_SHOWN])) + (", …" if len(channels) > _SHOWN else "")
    worst = values[:, channels[0]]
    found = worst[~(np.abs(worst) < _LARGEST)][0]
    return UnsupportedLayerError(
        f"layer {name!r} cannot be generated",
        found=f"{what} is {found:g} in channel{'s' * (len(channels) > 1)} {shown}, "
        "for sums that can occur",
        allowed=f"finite numbers, less than {_LARGEST:g}",
        suggestion="a larger epsilon; or train the layer again, its numbers are broken",
    )
