"""Chooses the training images that are set aside for validation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs.errors import DataError

Indices = NDArray[np.int64]


def stratified(labels: Indices, fraction: float, seed: int) -> tuple[Indices, Indices]:
    """Indices of the training and the validation part, each with every class in proportion.

    Each class gives `fraction` of its images, rounded, and at least one, to validation.
    """
    return by_group(labels, np.arange(len(labels)), fraction, seed)


def by_group(
    labels: Indices, groups: Indices, fraction: float, seed: int
) -> tuple[Indices, Indices]:
    """As `stratified`, but a group of one class is never torn apart.

    In GTSRB about 30 consecutive frames show the same physical sign. A split by frame puts nearly
    the same picture on both sides and reports an accuracy that no new sign will reach.
    """
    if not 0 <= fraction < 1:
        raise DataError(
            "the validation fraction is out of range",
            found=str(fraction),
            allowed="from 0, less than 1",
        )
    if not fraction:
        return np.arange(len(labels)), np.arange(0)
    random = np.random.default_rng([seed, 1])
    chosen = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        names = np.unique(groups[members])
        if len(names) < 2:
            raise DataError(
                f"class {label} cannot be split into training and validation",
                found=f"{len(names)} image or group of images",
                allowed="at least 2",
            )
        count = min(max(1, round(fraction * len(names))), len(names) - 1)
        picked = random.permutation(names)[:count]
        chosen[members] = np.isin(groups[members], picked)
    return np.flatnonzero(~chosen), np.flatnonzero(chosen)
