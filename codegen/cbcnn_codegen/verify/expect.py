"""Results of a Python model, in the form for the comparison."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cbcnn_codegen import reference
from cbcnn_codegen.ir import Graph

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Expectation:
    """The results of a Python model for some images.

    Attributes:
        layers: name of an operation of the lowered graph to its output, signs as -1/+1 or
            accumulators; operations that the model does not show are missing.
        scores: float32, N x classes; None if the model does not show their accumulators.
        classes: by the scores of the numeric contract.
        answers: the class that the model itself gives.
        near_ties: bool [N], where the two differ by no more than float rounding explains.
        logits: float32, N x values, the model's own output, of a network of floats; else None.
    """

    layers: Mapping[str, Array]
    scores: npt.NDArray[np.float32] | None
    classes: npt.NDArray[np.int64]
    answers: npt.NDArray[np.int64]
    near_ties: npt.NDArray[np.bool_]
    logits: npt.NDArray[np.float32] | None = None

    def without_layers(self, part: slice) -> Expectation:
        """Scores and classes of some of the images."""
        scores = None if self.scores is None else self.scores[part]
        logits = None if self.logits is None else self.logits[part]
        return Expectation(
            {}, scores, self.classes[part], self.answers[part], self.near_ties[part], logits
        )


def join_expectations(parts: list[Expectation]) -> Expectation:
    """Scores and classes of all parts, in order."""
    return Expectation(
        {},
        _join([part.scores for part in parts]),
        np.concatenate([part.classes for part in parts]),
        np.concatenate([part.answers for part in parts]),
        np.concatenate([part.near_ties for part in parts]),
        _join([part.logits for part in parts]),
    )


def _join(parts: list[Array | None]) -> Array | None:
    """All parts in order; None if one is missing."""
    present = [part for part in parts if part is not None]
    return np.concatenate(present) if len(present) == len(parts) else None


def expect_reference(graph: Graph, planes: Array, *, traced: bool) -> Expectation:
    """The NumPy interpreter's results for the lowered graph; `traced` keeps every map."""
    trace = reference.run(graph, planes, keep=None if traced else ())
    classes = trace.classes
    none = np.zeros(len(classes), np.bool_)
    return Expectation(trace.maps, trace.scores, classes, classes, none)
