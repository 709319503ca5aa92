"""When a network says "I don't know": its best score leads the second by too little.

The lead is a difference of exact scores, so the device decides in integers what Python does here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs.answers import decide
from cbcnn_inputs.errors import DataError

Floats = NDArray[np.float64]
Scores = NDArray[np.float32]


@dataclass(frozen=True)
class Rejection:
    """A threshold of leads.

    Attributes:
        rate: share of validation images that was to be rejected at most.
        lead: an image whose lead is smaller is rejected.
    """

    rate: float
    lead: float

    def rejects(self, scores: Scores) -> NDArray[np.bool_]:
        """Which images are rejected, by their float32 scores [N, scores]."""
        return leads(scores) < self.lead

    @classmethod
    def from_json(cls, raw: Any) -> Rejection:
        """Parse what `dataclasses.asdict` made.

        Raises:
            ValueError: it did not make this.
        """
        if not isinstance(raw, dict) or set(raw) != {"rate", "lead"}:
            raise ValueError(f"rejection {raw!r:.60}")
        if not all(type(value) is float and np.isfinite(value) for value in raw.values()):
            raise ValueError(f"rejection {raw!r:.60}")
        return cls(**raw)


def leads(scores: Scores) -> Floats:
    """How far the best score of each image leads the second; of one score, its distance from 0.

    Args:
        scores: float32 [N, scores], the numbers that the numeric contract fixes.

    Returns:
        float64 [N]; such a difference of two float32 numbers is exact.
    """
    wide = scores.astype(np.float64)
    if wide.shape[1] == 1:
        distance: Floats = np.abs(wide[:, 0])
        return distance
    best = np.sort(wide, axis=1)
    difference: Floats = best[:, -1] - best[:, -2]
    return difference


def demand_enough(images: int, rate: float) -> int:
    """How many of so many validation images a rate rejects; to be asked before training.

    Raises:
        DataError: not a single one.
    """
    count = int(rate * images)
    if count == 0:
        raise DataError(
            "there are too few validation images for so small a rate of rejection",
            found=f"{images} images at a rate of {rate:g}",
            allowed=f"a rate of at least {1 / max(images, 1):.3g}",
            suggestion="a larger --reject",
        )
    return count


def choose(scores: Scores, rate: float) -> Rejection:
    """The largest threshold that rejects at most `rate` of these images.

    Raises:
        DataError: there are too few images to reject a single one.
    """
    ordered = np.sort(leads(scores))
    count = demand_enough(len(ordered), rate)
    return Rejection(rate, float(ordered[min(count, len(ordered) - 1)]))


def tell(rejection: Rejection, scores: Scores, labels: NDArray[np.int64]) -> Mapping[str, float]:
    """Share of images that get an answer, and of the right ones among these and among all."""
    answered = ~rejection.rejects(scores)
    right = decide(scores) == labels
    return {
        "coverage": float(answered.mean()),
        "accuracy_of_answers": float(right[answered].mean()) if answered.any() else 0.0,
        "accuracy": float(right.mean()),
    }


def coverage_curve(scores: Scores, labels: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Coverage and accuracy of the answers, for every number of answered images from 1 to all."""
    order = np.argsort(-leads(scores), kind="stable")
    right = (decide(scores) == labels)[order]
    counts = np.arange(1, len(right) + 1, dtype=np.float64)
    coverage: Floats = counts / len(right)
    accuracy: Floats = np.cumsum(right) / counts
    return coverage, accuracy
