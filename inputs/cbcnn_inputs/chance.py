"""Tells whether a network does better than guessing, and what to check if it does not.

A network that sees other images than its training did still runs, and its C still agrees with
Python bit for bit. Only the accuracy shows the mistake.
"""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs.scaling import USUAL

_DOUBT: Final = 0.01
"""A working network does so badly on so few images with at most this probability."""


class Accuracy(NamedTuple):
    """How often answers and labels agree.

    Attributes:
        images: number of them.
        right: number of answers that are the label.
        expected: share that would agree by chance, were answers and labels independent.
    """

    images: int
    right: int
    expected: float

    @property
    def share(self) -> float:
        """Share of right answers."""
        return self.right / self.images

    @property
    def is_near_chance(self) -> bool:
        """Whether this is hardly better than guessing, and not for lack of images.

        Hardly better: at most two and a half times as often right as by chance, and at most a
        quarter of the way from there to always. Not for lack of images: a network that is half way
        there does so badly once in a hundred times at most.
        """
        chance = self.expected
        bound = chance + min(1.5 * chance, (1 - chance) / 4)
        half_way = (1 + chance) / 2
        return self.share <= bound and at_most(self.right, self.images, half_way) < _DOUBT


def judge(labels: NDArray[Any], answers: NDArray[Any], classes: int) -> Accuracy:
    """Compare answers with labels.

    Agreement by chance is that of Cohen's kappa: the sum over classes of the share of labels times
    the share of answers. If all labels are alike, that says nothing, and every class counts as
    equally likely.

    Args:
        labels: class numbers [N], N at least 1, below `classes`.
        answers: the same of the network.
        classes: number of them.
    """
    said, true = (np.bincount(values, minlength=classes) for values in (answers, labels))
    expected = float(said @ true) / len(labels) ** 2
    if np.count_nonzero(true) == 1:
        expected = 1 / classes
    return Accuracy(len(labels), int(np.sum(labels == answers)), expected)


def at_most(right: int, images: int, probability: float) -> float:
    """Probability of at most `right` right answers of `images`, by the binomial distribution."""
    if probability >= 1:
        return float(right >= images)
    log, other = math.log(probability), math.log1p(-probability)
    terms = (
        math.lgamma(images + 1)
        - math.lgamma(count + 1)
        - math.lgamma(images - count + 1)
        + count * log
        + (images - count) * other
        for count in range(right + 1)
    )
    return min(1.0, math.fsum(map(math.exp, terms)))


def chance_warning(accuracy: Accuracy, classes: int, *, scaling: str) -> str | None:
    """Advice about a network that hardly does better than guessing; None for any other.

    Args:
        accuracy: that was found.
        classes: number of them.
        scaling: how this command is told, or finds, how images were scaled.
    """
    if not accuracy.is_near_chance:
        return None
    return (
        f"ACCURACY IS NEAR CHANCE: {accuracy.share:.1%} of {accuracy.images:,} images are right, "
        f"guessing among {classes} classes gets {accuracy.expected:.1%}. Check\n"
        f"  scaling       was the network trained on {USUAL}? {scaling}\n"
        "  colour order  images come as RGB; OpenCV's imread, and networks trained with it, have "
        "BGR\n"
        "  label order   label N is the network's output N; Keras numbers folders by their names "
        "as text: 0, 1, 10, 11, 2"
    )
