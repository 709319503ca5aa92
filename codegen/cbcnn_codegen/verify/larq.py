"""The results of the live Larq model in TensorFlow, in the form for the comparison.

TensorFlow gives floats. Where the network binarizes them, the model's own rule for zero makes the
signs. The accumulators of the last binary layer are its output divided by the worth of one of them;
the scores follow from them in the documented float32 order. TensorFlow's own answer, the largest of
its final floats, is compared too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cbcnn_codegen.errors import MissingToolError
from cbcnn_codegen.ir import SIGNS, Graph, Node, Product
from cbcnn_codegen.ops.affine import Affine
from cbcnn_codegen.ops.binary_conv import BinaryConv
from cbcnn_codegen.ops.conv import Conv
from cbcnn_codegen.ops.max_pool import max_pool
from cbcnn_codegen.ops.real_scores import RealScores
from cbcnn_codegen.ops.scores import Scores, affine_scores
from cbcnn_codegen.ops.sign import Sign
from cbcnn_codegen.passes.chains import chain_to
from cbcnn_codegen.read import ReadResult
from cbcnn_codegen.verify.expect import Array, Expectation
from cbcnn_inputs.answers import decide
from cbcnn_inputs.installation import install_command
from cbcnn_inputs.probe import IMAGE, Probe

NEAR_TIE_ULPS: Final = 8
"""Float logits this close may change their order in another build of TensorFlow."""


@dataclass(frozen=True)
class LarqModel:
    """A model file, the network in it, and its lowered form.

    Attributes:
        read: the network, and where in the Keras model its operations are.
        lowered: the same in integers, which the C computes.
        rescale: as the user gave it; the file does not contain it.
    """

    read: ReadResult
    lowered: Graph
    rescale: tuple[float, float] | None = None

    def observed(self) -> dict[str, Probe]:
        """Lowered signs, by name, that Keras shows, each with what shows them."""
        names = (name for name, of in self.lowered.types.items() if of.element == SIGNS)
        return {
            name: self._probe(self._sign(as_read))
            for name in names
            if (as_read := self.lowered.maker(name).as_read)
        }

    def unobserved(self) -> tuple[str, ...]:
        """Lowered operations that make signs which no Keras layer puts out."""
        signs = (name for name, of in self.lowered.types.items() if of.element == SIGNS)
        seen = self.observed()
        return tuple(name for name in signs if name not in seen)

    def expect(self, planes: Array, *, traced: bool) -> Expectation:
        """Run TensorFlow; `traced` asks for every layer that is binarized.

        Raises:
            MissingToolError: TensorFlow or Larq is not installed.
        """
        oracle = import_oracle()
        observed = self.observed() if traced else {}
        graph = self.read.graph
        head = None if self._ends_in_floats else _last_product(graph)
        last = self._probe(graph.maker(graph.outputs[0]))
        sums = last if head is None else self._probe(head)
        rescale = self.rescale or (1.0, 0.0)
        wanted = sorted({*observed.values(), sums, last})
        outputs = oracle.trace(self.read.file, planes, wanted, rescale=rescale)
        layers: dict[str, Array] = {
            name: self._signs(self.lowered.maker(name).as_read, outputs).reshape(
                len(planes), *self.lowered.types[name].shape
            )
            for name in observed
        }
        if head is None:
            return self._answers(layers, None, outputs[last])
        accumulators = _accumulators(head, graph, self.lowered, outputs[sums])
        if accumulators is not None and traced:
            layers[_last_product(self.lowered).name] = accumulators
        return self._answers(layers, accumulators, outputs[last])

    @property
    def _ends_in_floats(self) -> bool:
        """Are the scores floats that no sums of products with signs are behind?"""
        return isinstance(self.lowered.maker(self.lowered.outputs[0]).op, RealScores)

    def _probe(self, node: Node) -> Probe:
        """Where Keras shows a value, or what signs are of; a product before its activation."""
        if not node.source:
            return IMAGE
        path = self.read.paths[node.source]
        return Probe(path, activated=not isinstance(node.op, Product | Affine))

    def _sign(self, name: str) -> Node:
        """The binarization that makes signs of the network as read, poolings behind it or not."""
        node = self.read.graph.maker(name)
        return node if isinstance(node.op, Sign) else self._sign(node.inputs[0])

    def _signs(self, name: str, outputs: Mapping[Probe, Array]) -> Array:
        """Signs of the network as read, made of what Keras shows."""
        graph, node = self.read.graph, self.read.graph.maker(name)
        if not isinstance(node.op, Sign):
            return node.op.compute(self._signs(node.inputs[0], outputs))
        values = outputs[self._probe(node)]
        return node.op.compute(values.reshape(len(values), *graph.types[name].shape))

    def _answers(
        self, layers: dict[str, Array], accumulators: Array | None, final: Array
    ) -> Expectation:
        final = final.reshape(len(final), -1)
        answers = decide(final)
        if accumulators is None:
            return Expectation(layers, None, answers, answers, np.zeros(len(final), np.bool_))
        last = self.lowered.maker(self.lowered.outputs[0]).op
        assert isinstance(last, Scores), "lowering ends in scores"
        flat = accumulators.reshape(len(final), -1)
        scores = affine_scores(flat, last.multiplier, last.offset)
        classes = decide(scores)
        terms = np.abs(flat * last.multiplier.astype(np.float64)) + np.abs(last.offset)
        off = _rounding_of_scores(self.read.graph, flat, last.multiplier)
        near = _near_ties(final, classes, answers, terms, off)
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


def _last_product(graph: Graph) -> Node:
    """The product whose sums make the scores.

    Raises:
        ValueError: there is none.
    """
    name = graph.outputs[0]
    while (node := graph.node(name)) is not None:
        if isinstance(node.op, Product):
            return node
        name = node.inputs[0]
    raise ValueError("scores of no binary layer")


def _accumulators(
    head: Node, graph: Graph, lowered: Graph, output: Array
) -> npt.NDArray[np.int32] | None:
    """The integers behind the floats of the last binary layer, as the lowered operation has them.

    None if the floats do not determine them: a small multiplier beside a large bias.
    """
    product = head.op
    assert isinstance(product, Product), "the caller found one"
    channels = len(product.weights)
    multiplier, bias = np.full(channels, _worth(graph, head)), np.zeros(channels)
    affine = _affine_of(graph, head)
    if affine is not None:
        factor, offset = affine.as_affine(channels)
        multiplier, bias = multiplier * factor, bias + offset
    if (multiplier == 0).any():
        return None
    exact = (output.reshape(len(output), -1, channels).astype(np.float64) - bias) / multiplier
    rounded = np.rint(exact)
    if (np.abs(exact - rounded) > 0.125).any():
        return None
    node = _last_product(lowered)
    op = node.op
    assert isinstance(op, Product), "the caller found one"
    sums = np.where(_same_sign(product, op), rounded, -rounded).astype(np.int32)
    if isinstance(op, BinaryConv):
        convolved = op.convolution.infer(lowered.types[node.inputs[0]]).shape
        sums = sums.reshape(len(output), *convolved)
        if op.pool is not None:
            sums = max_pool(sums, op.pool)
    return sums.reshape(len(output), *lowered.types[node.name].shape)


def _same_sign(product: Product, op: Product) -> npt.NDArray[np.bool_]:
    """The channels of a product that lowering did not negate."""
    row = column = 0
    if isinstance(product, Conv) and not isinstance(op, BinaryConv):
        row, column = product.window.padding[:2]  # the one tap that is left
    same: npt.NDArray[np.bool_] = op.weights[:, 0, 0, 0] == product.weights[:, row, column, 0]
    return same


def _worth(graph: Graph, product: Node) -> float:
    """The scale of the integers that a product reads."""
    chain = chain_to(graph, product.inputs[0])
    if graph.types[chain.end].element == SIGNS:
        return 1.0
    scales = (node.op.scale for node in chain.nodes if isinstance(node.op, Affine))
    return math.prod(scale for scale in scales if scale is not None)


def _rounding_of_scores(
    graph: Graph, sums: npt.NDArray[np.int32], multiplier: npt.NDArray[np.float32]
) -> Array:
    """How far TensorFlow's scores may lie from those of exact sums, because it rounds sums.

    Args:
        graph: as it was read.
        sums: that the scores are made of, N x classes.
        multiplier: of the scores, one for each class.
    """
    head = _last_product(graph)
    affine = _affine_of(graph, head)
    if affine is None or affine.error is None:
        return np.zeros(sums.shape)
    channels = len(affine.error.fixed)
    by_channel = sums.reshape(len(sums), -1, channels)
    worth = _worth(graph, head) * affine.as_affine(channels)[0]
    factor = multiplier.reshape(-1, channels) / np.where(worth == 0, np.inf, worth)
    off: Array = affine.error.bound(by_channel) * np.abs(factor)
    return off.reshape(sums.shape)


def _affine_of(graph: Graph, head: Node) -> Affine | None:
    """The worth of the sums of the last product, if its layer states it."""
    found = (node for node in graph.readers(head.name) if node.source == head.source)
    return next((node.op for node in found if isinstance(node.op, Affine)), None)


def _near_ties(
    final: Array, classes: Array, answers: Array, terms: Array, off: Array
) -> npt.NDArray[np.bool_]:
    """Where the two answers differ by less than the rounding of their logits.

    Args:
        final: TensorFlow's output, N x classes.
        classes: by the numeric contract.
        answers: by TensorFlow.
        terms: magnitude of the terms of the scores, N x classes.
        off: error of TensorFlow's scores because of its sums, N x classes.
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
