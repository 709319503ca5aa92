"""Results of a Python model, in the form for the comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cbcnn_codegen import reference
from cbcnn_codegen.ir import Graph

Array = npt.NDArray[Any]


class ExpectedOutput(NamedTuple):
    """An output of a Python model, N x values each.

    Attributes:
        scores: float32; None if the model does not show the numbers that they are made of.
        logits: float32, the model's own, of a network of floats; else None.
        sizes: float64 [N], of the numbers that the logits are made of, for each image; None where
            the logits themselves are the measure.
    """

    scores: npt.NDArray[np.float32] | None = None
    logits: npt.NDArray[np.float32] | None = None
    sizes: npt.NDArray[np.float64] | None = None

    def part(self, which: Any) -> ExpectedOutput:
        """That of some of the images."""
        return ExpectedOutput(*(None if of is None else of[which] for of in self))


class Decisions(NamedTuple):
    """What a network that has classes says of N images.

    Attributes:
        classes: by the scores of the numeric contract.
        answers: the class that the model itself gives.
        near_ties: bool [N], where the two differ by no more than float rounding explains.
    """

    classes: npt.NDArray[np.int64]
    answers: npt.NDArray[np.int64]
    near_ties: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, classes: npt.NDArray[np.int64]) -> Decisions:
        """Those of a model whose own answers these are."""
        return cls(classes, classes, np.zeros(len(classes), np.bool_))

    def part(self, which: Any) -> Decisions:
        """Those for some of the images."""
        return Decisions(*(of[which] for of in self))


@dataclass(frozen=True)
class Expectation:
    """The results of a Python model for some images.

    Attributes:
        layers: name of an operation of the lowered graph to its output, signs as -1/+1 or
            accumulators; operations that the model does not show are missing.
        outputs: of the network, in its order.
        decisions: None for a network without classes.
    """

    layers: Mapping[str, Array]
    outputs: tuple[ExpectedOutput, ...]
    decisions: Decisions | None = None

    @property
    def scores(self) -> npt.NDArray[np.float32] | None:
        """Those of the only output."""
        (output,) = self.outputs
        return output.scores

    @property
    def classes(self) -> npt.NDArray[np.int64]:
        """The class of each image, by the scores."""
        return self._demand().classes

    @property
    def answers(self) -> npt.NDArray[np.int64]:
        """The class that the model itself gives."""
        return self._demand().answers

    @property
    def near_ties(self) -> npt.NDArray[np.bool_]:
        """Where the two differ by no more than float rounding explains."""
        return self._demand().near_ties

    def _demand(self) -> Decisions:
        if self.decisions is None:
            raise ValueError("a network without classes")
        return self.decisions

    def without_layers(self, part: slice) -> Expectation:
        """Outputs and classes of some of the images."""
        return self.part(part, {})

    def part(self, which: Any, layers: Mapping[str, Array]) -> Expectation:
        """Outputs and classes of some of the images, with these layers."""
        outputs = tuple(output.part(which) for output in self.outputs)
        return Expectation(
            layers, outputs, None if self.decisions is None else self.decisions.part(which)
        )


def join_expectations(parts: list[Expectation]) -> Expectation:
    """Outputs and classes of all parts, in order."""
    found = [part.decisions for part in parts if part.decisions is not None]
    by_output = zip(*(part.outputs for part in parts), strict=True)
    together = [zip(*output, strict=True) for output in by_output]
    return Expectation(
        {},
        tuple(ExpectedOutput(*map(_join, output)) for output in together),
        Decisions(*map(np.concatenate, zip(*found, strict=True))) if found else None,
    )


def _join(parts: Sequence[Array | None]) -> Array | None:
    """All parts in order; None if one is missing."""
    present = [part for part in parts if part is not None]
    return np.concatenate(present) if len(present) == len(parts) else None


def expect_reference(graph: Graph, planes: Array, *, traced: bool) -> Expectation:
    """The NumPy interpreter's results for the lowered graph; `traced` keeps every map."""
    trace = reference.run(graph, planes, keep=None if traced else ())
    outputs = tuple(map(ExpectedOutput, trace.vectors))
    decisions = Decisions.of(trace.classes) if graph.has_classes else None
    return Expectation(trace.maps, outputs, decisions)
