"""What the live Larq model computes in TensorFlow, in the form that the comparison takes.

TensorFlow gives floats. Where the network binarizes them, the model's own rule for zero makes the
signs. The accumulators of the last binary layer are what it puts out, divided by what one of them
is worth; from them the scores follow in the documented float32 order. TensorFlow's own answer, the
largest of its final floats, is compared too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from cbcnn_codegen import arithmetic, reference
from cbcnn_codegen.errors import MissingToolError
from cbcnn_codegen.ir import (
    BinaryConv,
    BinaryDense,
    Conv,
    Dense,
    Flatten,
    Graph,
    MaxPool,
    Op,
    Product,
    Scores,
    Shape,
    Sign,
    Window,
    infer_map,
)
from cbcnn_codegen.passes.segments import Segment, split_segments
from cbcnn_codegen.read import ReadResult
from cbcnn_codegen.verify.expect import Array, Expectation
from cbcnn_inputs.answers import decide
from cbcnn_inputs.installation import install_command
from cbcnn_inputs.probe import IMAGE, Probe

NEAR_TIE_ULPS: Final = 8
"""Two float logits this close may stand in another order in another build of TensorFlow."""


class _Observation(NamedTuple):
    """How the output of a lowered operation shows in Keras.

    Attributes:
        name: of the lowered operation.
        probe: shows it.
        shape: of the map that the probe shows, flattened or not.
        zero: the sign of zero.
        pools: poolings between the signs and the operation's output.
    """

    name: str
    probe: Probe
    shape: Shape
    zero: int
    pools: tuple[Window, ...]


@dataclass(frozen=True)
class LarqModel:
    """A model file, what was read in it, and what became of that.

    Attributes:
        read: the network, and where in the Keras model its operations are.
        lowered: the same in integers, which the C computes.
        rescale: as the user gave it; the file does not say it.
    """

    read: ReadResult
    lowered: Graph
    rescale: tuple[float, float] | None = None

    def unobserved(self) -> tuple[str, ...]:
        """Lowered operations that make signs which no Keras layer puts out."""
        seen = {observation.name for observation in observe_signs(self.read, self.lowered)}
        maps = self.lowered.maps()[1:]
        ops = zip(self.lowered.ops, maps, strict=True)
        return tuple(op.name for op, out in ops if out.kind == "signs" and op.name not in seen)

    def expect(self, planes: Array, *, traced: bool) -> Expectation:
        """Run TensorFlow; `traced` asks for every layer that is binarized.

        Raises:
            MissingToolError: TensorFlow or Larq is not installed.
        """
        oracle = import_oracle()
        graph = self.read.graph
        observations = observe_signs(self.read, self.lowered) if traced else []
        head = split_segments(graph)[-1]
        assert head.producer is not None, "lowering demands a binary layer"
        sums, last = (_probe(self.read, op) for op in (head.producer, graph.ops[-1]))
        wanted = {observation.probe for observation in observations} | {sums, last}
        rescale = self.rescale or (1.0, 0.0)
        outputs = oracle.trace(self.read.file, planes, sorted(wanted), rescale=rescale)
        layers: dict[str, Array] = {
            item.name: _binarize(item, outputs[item.probe]) for item in observations
        }
        accumulators = _accumulators(head, graph, self.lowered, outputs[sums])
        if accumulators is not None and traced:
            layers[head.producer.name] = accumulators
        return self._answers(layers, accumulators, outputs[last])

    def _answers(
        self, layers: dict[str, Array], accumulators: Array | None, final: Array
    ) -> Expectation:
        final = final.reshape(len(final), -1)
        answers = decide(final)
        if accumulators is None:
            return Expectation(layers, None, answers, answers, np.zeros(len(final), np.bool_))
        last = self.lowered.ops[-1]
        assert isinstance(last, Scores), "lowering ends in scores"
        flat = accumulators.reshape(len(final), -1)
        scores = arithmetic.affine_scores(flat, last.multiplier, last.offset)
        classes = decide(scores)
        terms = np.abs(flat * last.multiplier.astype(np.float64)) + np.abs(last.offset)
        near = _near_ties(final, classes, answers, terms)
        return Expectation(layers, scores, classes, answers, near)


def import_oracle() -> Any:
    """The trainer's module with access to live models.

    Raises:
        MissingToolError: TensorFlow, tf-keras or Larq cannot be imported.
    """
    try:
        from cbcnn_trainer import oracle
    except (ImportError, MissingToolError) as error:
        raise MissingToolError(
            "comparing with Larq needs TensorFlow, tf-keras and Larq",
            found=str(error),
            suggestion=f"{install_command('train')}\nor --against reference",
        ) from error
    return oracle


def observe_signs(read: ReadResult, lowered: Graph) -> list[_Observation]:
    """Every lowered operation whose signs a Keras layer shows before they are binarized."""
    by_name: dict[str, Op] = {op.name: op for op in lowered.ops}
    found: list[_Observation] = []
    for segment in split_segments(read.graph):
        if segment.binarizes:
            found += _observe_segment(segment, by_name, read.paths)
    return found


def _observe_segment(
    segment: Segment, lowered: dict[str, Op], paths: Mapping[str, tuple[str, ...]]
) -> list[_Observation]:
    chain = segment.working_chain
    position = max(i for i, op in enumerate(chain) if isinstance(op, Sign))
    sign = chain[position]
    assert isinstance(sign, Sign), "position is that of one"
    pools = [op for op in chain if isinstance(op, MaxPool)]
    earlier = sum(isinstance(op, MaxPool) for op in chain[:position])
    first = lowered[sign.name if segment.producer is None else segment.producer.name]
    done = 1 if isinstance(first, BinaryConv) and first.pool is not None else 0
    names = [first.name, *(pool.name for pool in pools[done:] if pool.name in lowered)]
    probe = Probe(paths[sign.source]) if sign.source else IMAGE
    shape = _unflattened(segment, chain[:position])
    return [
        _Observation(
            name,
            probe,
            shape,
            sign.zero,
            tuple(pool.window for pool in pools[earlier:count]),
        )
        for count, name in enumerate(names, start=done)
        if count >= earlier
    ]


def _unflattened(segment: Segment, chain: tuple[Op, ...]) -> Shape:
    """The map behind the start of a segment's chain, in the shape that it had before any Flatten.

    Flatten keeps the order of the values, and lowering leaves it out.
    """
    current = segment.source
    for op in chain if segment.producer is None else (segment.producer, *chain):
        current = current if isinstance(op, Flatten) else infer_map(op, current)
    return current.shape


def _probe(read: ReadResult, op: Op) -> Probe:
    """Where Keras shows the output of an operation: a product before the layer's activation."""
    return Probe(read.paths[op.name], activated=not isinstance(op, Conv | Dense))


def _binarize(item: _Observation, output: Array) -> npt.NDArray[np.int8]:
    values = output.reshape(len(output), *item.shape)
    positive = values >= 0 if item.zero > 0 else values > 0
    signs: Array = np.where(positive, np.int8(1), np.int8(-1))
    for window in item.pools:
        signs = reference.max_pool(signs, window)
    return signs


def _accumulators(
    head: Segment, graph: Graph, lowered: Graph, output: Array
) -> npt.NDArray[np.int32] | None:
    """The integers behind the floats of the last binary layer, as the lowered operation has them.

    None when they cannot be told from the floats: a small multiplier beside a large bias.
    """
    producer = head.producer
    assert producer is not None, "checked by the caller"
    worth = np.float64(graph.input.scale if head.source.kind == "plane" else 1.0)
    multiplier = worth if producer.multiplier is None else worth * producer.multiplier
    bias = np.float64(0) if producer.bias is None else producer.bias.astype(np.float64)
    if (np.asarray(multiplier) == 0).any():
        return None
    channels = len(producer.weights)
    exact = (output.reshape(len(output), -1, channels).astype(np.float64) - bias) / multiplier
    rounded = np.rint(exact)
    if (np.abs(exact - rounded) > 0.125).any():
        return None
    op = next(op for op in lowered.ops if op.name == producer.name)
    assert isinstance(op, BinaryConv | BinaryDense), "the last product keeps its name"
    sums = np.where(_same_sign(producer, op), rounded, -rounded).astype(np.int32)
    if isinstance(op, BinaryDense):
        return sums.reshape(len(output), 1, 1, channels)
    sums = sums.reshape(len(output), *output.shape[1:])
    return sums if op.pool is None else reference.max_pool(sums, op.pool)


def _same_sign(producer: Product, op: BinaryConv | BinaryDense) -> npt.NDArray[np.bool_]:
    """Which channels of a product were not negated when it was lowered?"""
    row = column = 0
    if isinstance(producer, Conv) and isinstance(op, BinaryDense):
        row, column = producer.window.padding[:2]  # the one tap that is left
    same: npt.NDArray[np.bool_] = op.weights[:, 0, 0, 0] == producer.weights[:, row, column, 0]
    return same


def _near_ties(final: Array, classes: Array, answers: Array, terms: Array) -> npt.NDArray[np.bool_]:
    """Where the two answers differ by less than the rounding of the terms of their logits."""
    if final.shape[1] == 1:  # the line between the two classes is at 0
        gap, size = np.abs(final[:, 0].astype(np.float64)), terms[:, 0]
    else:
        image = np.arange(len(final))
        gap = final[image, answers].astype(np.float64) - final[image, classes]
        size = np.maximum(terms[image, answers], terms[image, classes])
    ulp = np.finfo(np.float32).eps * size
    near: npt.NDArray[np.bool_] = (answers != classes) & (gap <= NEAR_TIE_ULPS * ulp)
    return near
