"""Finds the usual scaling that a network was trained on, by its accuracy on labelled images."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs.chance import Accuracy, at_most, judge
from cbcnn_inputs.errors import CbcnnError, DataError
from cbcnn_inputs.scaling import USUAL, Rescale, usual_scalings

IMAGES: Final = 400
"""Most images to try: an accuracy then has a standard error of 2.5 points at most."""

_ALIKE: Final = 0.05

Answers = NDArray[np.int64]


@dataclass(frozen=True)
class ScalingTrial:
    """One scaling and its outcome.

    Attributes:
        name: as people write it.
        right: for each image whether the answer was its label; None if the trial failed.
        problem: why it failed.
    """

    name: str
    rescale: Rescale
    accuracy: Accuracy | None
    right: NDArray[np.bool_] | None
    problem: str = ""

    def to_json(self) -> dict[str, Any]:
        """As the commands print it."""
        return {
            "scaling": self.name,
            "scale": self.rescale.scale,
            "offset": self.rescale.offset,
            "accuracy": None if self.accuracy is None else self.accuracy.share,
            "problem": self.problem or None,
        }


@dataclass(frozen=True)
class Found:
    """The scaling that fits best, and all trials, the best first."""

    best: ScalingTrial
    trials: tuple[ScalingTrial, ...]
    images: int

    def describe(self) -> str:
        """A line for each trial."""
        return "\n".join(
            [
                f"--rescale auto, on {self.images} images: {self.best.name} fits",
                *_lines(self.trials, self.best),
            ]
        )


def find_scaling(
    planes: NDArray[Any],
    labels: NDArray[np.int64] | None,
    classes: int,
    answer: Callable[[NDArray[Any], Rescale], Answers],
) -> Found:
    """Try the usual scalings.

    Args:
        planes: images as the network takes them, unscaled, [N, …].
        labels: of the images; evenly spaced ones are tried.
        classes: of the network.
        answer: the classes that the network gives images under a scaling; it may refuse one.

    Raises:
        DataError: no labels, or no scaling that does better than guessing.
    """
    if labels is None:
        raise DataError(
            "--rescale auto needs to know which answers are right",
            found="images without labels",
            allowed="labelled images, such as those that the network was tested on",
            suggestion=f"--data with labels, or say it: {USUAL}",
        )
    which = np.linspace(0, len(planes) - 1, min(len(planes), IMAGES)).astype(np.int64)
    planes, labels = planes[which], labels[which]
    trials = []
    for name, rescale in usual_scalings(planes):
        try:
            answers = answer(planes, rescale)
        except CbcnnError as error:
            trials.append(ScalingTrial(name, rescale, None, None, error.what))
            continue
        accuracy = judge(labels, answers, classes)
        trials.append(ScalingTrial(name, rescale, accuracy, answers == labels))
    trials.sort(key=lambda trial: 1.0 if trial.accuracy is None else -trial.accuracy.share)
    return _choose(tuple(trials), len(planes))


def _choose(trials: tuple[ScalingTrial, ...], images: int) -> Found:
    best = trials[0]
    if best.accuracy is None or best.accuracy.is_near_chance:
        raise DataError(
            "none of the usual scalings fits",
            found="\n".join(_lines(trials, None)),
            allowed="one that does better than guessing",
            suggestion="check the order of colours and labels, or say the scaling: --rescale "
            "SCALE,OFFSET",
        )
    return Found(best, trials, images)


def _lines(trials: tuple[ScalingTrial, ...], best: ScalingTrial | None) -> list[str]:
    width = max(len(trial.name) for trial in trials)
    lines = []
    for trial in trials:
        share = "     -" if trial.accuracy is None else f"{trial.accuracy.share:6.1%}"
        remark = trial.problem
        if best is not None and trial is not best and _as_good(trial, best):
            remark = "these images do not tell it from the first"
        lines.append(f"  {share}  {trial.name:{width}}  {remark}".rstrip())
    return lines


def _as_good(trial: ScalingTrial, best: ScalingTrial) -> bool:
    """Whether too few images tell the two apart, by a sign test."""
    if trial.right is None or best.right is None:
        return False
    won = int(np.sum(trial.right & ~best.right))
    lost = int(np.sum(best.right & ~trial.right))
    return at_most(won, won + lost, 0.5) > _ALIKE / 2
