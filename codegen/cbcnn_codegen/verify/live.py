"""The results of the live model, in the form for the comparison.

The model is Larq's in TensorFlow, or that of `cbcnn_layers` in Keras 3 on any of its backends; the
trainer rebuilds it. It gives floats. Where the network binarizes them, the model's own rule for
zero makes the signs. The accumulators of a binary layer are its output divided by the worth of one
of them; where those of the last one make the scores, these follow from them in the documented
float32 order. Of a network with floats (level 2) the logits are its own. Its answer, the largest of
its final floats, is compared too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from cbcnn_codegen import reference
from cbcnn_codegen.ir import SIGNS, Graph, Node, Product
from cbcnn_codegen.ops.affine import Affine
from cbcnn_codegen.ops.batch_norm import BatchNorm
from cbcnn_codegen.ops.concatenate import Concatenate
from cbcnn_codegen.ops.real_conv import RealConv
from cbcnn_codegen.ops.real_dense import RealDense
from cbcnn_codegen.ops.scores import Scores
from cbcnn_codegen.ops.sign import Sign
from cbcnn_codegen.read import ReadResult
from cbcnn_codegen.verify import sums
from cbcnn_codegen.verify.ends import End
from cbcnn_codegen.verify.expect import Array, Decisions, Expectation, ExpectedOutput
from cbcnn_codegen.verify.frameworks import Framework, import_oracle
from cbcnn_codegen.verify.made_of import sizes_of_outputs
from cbcnn_inputs.answers import decide
from cbcnn_inputs.probe import IMAGE, Probe

NEAR_TIE_ULPS: Final = 8
"""Float logits this close may change their order in another build of TensorFlow."""


@dataclass(frozen=True)
class LiveModel:
    """A model file, the network in it, and its lowered form.

    Attributes:
        read: the network, and where in the Keras model its operations are.
        lowered: the same in integers, which the C computes.
        rescale: as the user gave it; the file does not contain it.
        framework: what the model computes in.
    """

    read: ReadResult
    lowered: Graph
    rescale: tuple[float, float] | None = None
    framework: Framework = "larq"

    @property
    def has_floats(self) -> bool:
        """Does the network compute real numbers, in an order that oneDNN has?"""
        norms = (op for op in self.read.graph.ops if isinstance(op, BatchNorm))
        return self.lowered.level > 1 or any(norm.multiply_add for norm in norms)

    @cached_property
    def observed(self) -> Mapping[str, frozenset[Probe]]:
        """Lowered signs, sums and numbers of a few bits that Keras shows, and what shows them."""
        found: dict[str, frozenset[Probe]] = {}
        for node in self.lowered.nodes:
            if node.as_read and (probes := self._probes(node.as_read)):
                found[node.name] = probes
        return found

    def unobserved(self) -> tuple[str, ...]:
        """Lowered operations that make signs which no Keras layer puts out, nor a join of them."""
        shown = {*self.observed}
        for join in self._joins_of_signs():
            if join.name in shown:
                shown.update(join.inputs)
        signs = (name for name, of in self.lowered.types.items() if of.element == SIGNS)
        return tuple(name for name in signs if name not in shown)

    def expect(self, planes: Array, *, traced: bool) -> Expectation:
        """Run the live model; `traced` asks for every layer that is binarized.

        Raises:
            MissingToolError: what it computes in is not installed.
        """
        observed = self.observed if traced else {}
        probes = [{end.final, end.counted, *(self._probes(end.value) or ())} for end in self.ends]
        shown = self.trace(planes, set().union(*probes, *observed.values()))
        graph, layers = self.read.graph, dict[str, Array]()
        for name in observed:
            value = self._exact(self.lowered.maker(name).as_read, planes, shown)
            if value is not None:
                layers[name] = value.reshape(len(planes), *self.lowered.types[name].shape)
        self._add_parts(layers)
        counts = [end.accumulators(graph, self.lowered, shown[end.counted]) for end in self.ends]
        for end, counted in zip(self.ends, counts, strict=True):
            if counted is not None and traced:
                layers[sums.demand_product(self.lowered, end.scores.name).name] = counted
        if not graph.has_classes:
            given = zip(self.ends, counts, sizes_of_outputs(graph, planes), strict=True)
            outputs = (
                self._output(end, counted, planes, shown)._replace(sizes=sizes)
                for end, counted, sizes in given
            )
            return Expectation(layers, tuple(outputs))
        (end,), (counted,) = self.ends, counts
        if end.head is None:
            return self._open_end(layers, planes, shown[end.final])
        return self._answers(layers, end, counted, shown[end.final])

    @cached_property
    def ends(self) -> tuple[End, ...]:
        """The outputs of the network."""
        return tuple(map(self._end, self.read.graph.outputs, self.lowered.outputs))

    def _end(self, value: str, scores: str) -> End:
        graph, made = self.read.graph, self.lowered.maker(scores)
        is_sum = isinstance(made.op, Scores)
        head = sums.last_product(graph, value) if is_sum else None
        maker = graph.node(value)
        final = IMAGE if maker is None else self.probe(maker)
        return End(value, made, head, final, final if head is None else self.probe(head))

    def _output(
        self, end: End, counted: Array | None, planes: Array, shown: Mapping[Probe, Array]
    ) -> ExpectedOutput:
        """An output that is no scores of classes: signs and steps exactly, or floats."""
        exact = self._exact(end.value, planes, shown) if self._probes(end.value) else None
        if exact is not None:
            return ExpectedOutput(exact.reshape(len(planes), -1).astype(np.float32))
        final = shown[end.final].reshape(len(planes), -1)
        scores = None if counted is None else end.vectors(self.lowered, counted)
        return ExpectedOutput(scores, final)

    def _joins_of_signs(self) -> Iterator[Node]:
        """The later ones first."""
        for node in reversed(self.lowered.nodes):
            if isinstance(node.op, Concatenate) and self.lowered.types[node.name].element == SIGNS:
                yield node

    def _add_parts(self, layers: dict[str, Array]) -> None:
        """Add the signs that are channels of joined ones."""
        for join in self._joins_of_signs():
            if join.name in layers:
                counts = [self.lowered.types[name].shape.channels for name in join.inputs]
                parts = np.split(layers[join.name], np.cumsum(counts)[:-1], axis=-1)
                layers.update(zip(join.inputs, parts, strict=True))

    def trace(self, planes: Array, probes: Collection[Probe]) -> Mapping[Probe, Array]:
        """What the live model puts out for images, by probe.

        Raises:
            MissingToolError: what it computes in is not installed.
        """
        floats, rescale = self.has_floats, self.rescale or (1.0, 0.0)
        oracle = import_oracle(self.framework, floats=floats)
        wanted = sorted(probes)
        shown: Mapping[Probe, Array] = oracle.trace(
            *(self.read.file, planes, wanted),
            rescale=rescale,
            floats=floats,
            framework=self.framework,
        )
        return shown

    def probe(self, node: Node) -> Probe:
        """Where Keras shows a value as read, or what signs are of; products not yet activated."""
        if not node.source:
            return IMAGE
        before = isinstance(node.op, Product | Affine | RealConv | RealDense)
        return self.read.probes[node.source]._replace(activated=not before)

    def before(self, node: Node) -> Probe:
        """Where Keras shows what a sign, or another step, is of."""
        source = self.read.graph.node(node.inputs[0])
        if isinstance(node.op, Sign):
            return self.probe(node)
        return IMAGE if source is None else self.probe(source)

    def _probes(self, name: str) -> frozenset[Probe] | None:
        """What shows a value of the network as read; None if Keras does not show it exactly."""
        node = self.read.graph.node(name)
        if node is None:
            return frozenset({IMAGE})
        if node.op.is_quantizer:
            return frozenset({self.before(node)})
        if self.read.graph.types[name].element.kind == "float32":
            return None
        if isinstance(node.op, Product):
            return frozenset({self.probe(node)})
        sources = [self._probes(source) for source in node.inputs]
        known = [probes for probes in sources if probes is not None]
        return frozenset().union(*known) if len(known) == len(sources) else None

    def _exact(self, name: str, planes: Array, shown: Mapping[Probe, Array]) -> Array | None:
        """Signs and integers of the network as read, made of what Keras shows.

        None if the floats do not determine them.
        """
        graph, node = self.read.graph, self.read.graph.node(name)
        if node is None:
            return graph.input.compute(planes)
        shape = (len(planes), *graph.types[name].shape)
        if node.op.is_quantizer:
            return node.op.compute(shown[self.before(node)].reshape(shape))
        if isinstance(node.op, Product):
            found = sums.integers(node, graph, shown[self.probe(node)])
            return None if found is None else found.reshape(shape)
        sources = [self._exact(source, planes, shown) for source in node.inputs]
        known = [source for source in sources if source is not None]
        return node.op.compute(*known) if len(known) == len(sources) else None

    def _open_end(self, layers: dict[str, Array], planes: Array, final: Array) -> Expectation:
        """Where the sums of no single product make the scores.

        Those of floats are the live model's own. Those of integers are the interpreter's, of the
        signs and sums that are compared.
        """
        final = final.reshape(len(final), -1)
        answers = decide(final)
        if self.ends[0].is_float:
            return Expectation(layers, (ExpectedOutput(None, final),), Decisions.of(answers))
        trace = reference.run(self.lowered, planes, keep=())
        size = np.abs(trace.scores)
        near = _near_ties(final, trace.classes, answers, size, np.zeros(size.shape))
        decisions = Decisions(trace.classes, answers, near)
        return Expectation(layers, (ExpectedOutput(trace.scores),), decisions)

    def _answers(
        self, layers: dict[str, Array], end: End, accumulators: Array | None, final: Array
    ) -> Expectation:
        final = final.reshape(len(final), -1)
        answers = decide(final)
        if accumulators is None:
            return Expectation(layers, (ExpectedOutput(),), Decisions.of(answers))
        last, head = end.scores.op, end.head
        assert isinstance(last, Scores), "lowering ends in scores"
        assert head is not None, "sums make them"
        flat = end.summed(self.lowered, accumulators).reshape(len(final), -1)
        scores = end.vectors(self.lowered, accumulators)
        classes = decide(scores)
        terms = np.abs(flat * last.multiplier.astype(np.float64)) + np.abs(last.offset)
        off = sums.rounding_of_scores(self.read.graph, head, flat, last.multiplier)
        near = _near_ties(final, classes, answers, terms, off)
        decisions = Decisions(classes, answers, near)
        return Expectation(layers, (ExpectedOutput(scores),), decisions)


def _near_ties(
    final: Array, classes: Array, answers: Array, terms: Array, off: Array
) -> npt.NDArray[np.bool_]:
    """Where the two answers differ by less than the rounding of their logits.

    Args:
        final: the live model's output, N x classes.
        classes: by the numeric contract.
        answers: by the live model.
        terms: magnitude of the terms of the scores, N x classes.
        off: error of the live model's scores because of its sums, N x classes.
    """
    if final.shape[1] == 1:  # the line between the two classes is at 0
        gap, size, sums = np.abs(final[:, 0].astype(np.float64)), terms[:, 0], off[:, 0]
    else:
        image = np.arange(len(final))
        gap = final[image, answers].astype(np.float64) - final[image, classes]
        size = np.maximum(terms[image, answers], terms[image, classes])
        sums = off[image, answers] + off[image, classes]
    ulp = np.finfo(np.float32).eps * size
    near: npt.NDArray[np.bool_] = (answers != classes) & (gap <= NEAR_TIE_ULPS * ulp + sums)
    return near
