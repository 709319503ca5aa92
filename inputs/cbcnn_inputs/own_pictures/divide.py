"""Divides pictures into training, validation and test parts, group by group.

Frames of one video, or copies of one file, are nearly the same picture. On both sides of a division
they would report an accuracy that no new picture reaches, so what belongs together stays together.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs.errors import DataError

Indices = NDArray[np.int64]


def set_aside(
    labels: Indices, groups: Sequence[Hashable], fraction: float, seed: int
) -> tuple[Indices, Indices]:
    """Indices that stay, and those set aside: about `fraction` of each class, in whole groups.

    A group may hold several classes. Classes take turns, the rarest first; each takes groups at
    random until it has its share, at least one picture, and leaves one group of every class.

    Args:
        labels: int64 [N].
        groups: one per picture.
        fraction: of each class.
        seed: decides which.

    Raises:
        DataError: a class has a single group, so one of both sides would have none of it.
    """
    names = {group: number for number, group in enumerate(dict.fromkeys(groups))}
    numbers = np.array([names[group] for group in groups], np.int64)
    classes, counts = np.unique(labels, return_counts=True)
    table = np.zeros((len(names), int(labels.max()) + 1), np.int64)
    np.add.at(table, (numbers, labels), 1)
    order = np.random.default_rng([seed, 4]).permutation(len(names))
    taken = np.zeros(len(names), bool)
    for label in classes[np.argsort(counts, kind="stable")]:
        wanted = max(1, round(fraction * table[:, label].sum()))
        for group in order:
            if table[taken, label].sum() >= wanted:
                break
            if table[group, label] and not taken[group] and _leaves_all(table, taken, group):
                taken[group] = True
        if not table[taken, label].sum():
            raise TooFewError(int(label), int((table[:, label] > 0).sum()))
    chosen = taken[numbers]
    return np.flatnonzero(~chosen), np.flatnonzero(chosen)


def _leaves_all(table: Indices, taken: NDArray[np.bool_], group: int) -> bool:
    """Whether each class of a group has pictures in some other group that is not taken."""
    rest = table[~taken].sum(axis=0) - table[group]
    return bool((rest[table[group] > 0] > 0).all())


class TooFewError(DataError):
    """A class cannot be on both sides; `label` says which, `count` how many groups it has."""

    def __init__(self, label: int, count: int) -> None:
        super().__init__(f"class {label} cannot be divided", found=f"{count} groups")
        self.label, self.count = label, count
