"""Prepares what a network sees of a data set: planes, targets, and which images at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs import preprocessing
from cbcnn_inputs.datasets import Dataset, Split
from cbcnn_inputs.errors import DataError
from cbcnn_trainer.buildable import Shape
from cbcnn_trainer.settings import Loss, Settings


@dataclass(frozen=True)
class Part:
    """One part of a data set as the network sees it: planes [N, H, W, C] and target rows."""

    planes: NDArray[Any]
    rows: NDArray[np.float32]
    labels: NDArray[np.int64]


def prepare(settings: Settings, split: Split, classes: int) -> Part:
    """The planes and target rows of labelled images."""
    planes = to_planes(settings, split.images)
    return Part(planes, targets(split.labels, classes, settings.loss), split.labels)


def targets(labels: NDArray[np.int64], classes: int, loss: Loss) -> NDArray[np.float32]:
    """One row for each label: +1 at its class, elsewhere -1 for the hinge and 0 for entropy."""
    low = -1.0 if loss == "squared-hinge" else 0.0
    rows = np.full((len(labels), classes), low, np.float32)
    rows[np.arange(len(labels)), labels] = 1.0
    return rows


def check_number(settings: Settings, dataset: Dataset) -> None:
    """Demand that there are as many training images as asked for.

    Raises:
        DataError: there are fewer.
    """
    count = len(dataset.train.labels)
    if settings.train_images is not None and settings.train_images > count:
        raise DataError(
            "there are fewer training images than --train-images asks for",
            found=f"{count:,} of {settings.train_images:,}",
            suggestion="leave it out to train on all of them",
        )


def training_images(settings: Settings, dataset: Dataset) -> Split:
    """All training images, or as many as asked for, chosen by the seed."""
    if settings.train_images is None:
        return dataset.train
    count = len(dataset.train.labels)
    order = np.random.default_rng([settings.seed, 3]).permutation(count)
    return dataset.train.pick(np.sort(order[: settings.train_images]))


def to_planes(settings: Settings, images: NDArray[np.uint8]) -> NDArray[Any]:
    """Integer planes [N, H, W, C] from images as a data set holds them."""
    if settings.block is not None:
        return preprocessing.apply(settings.block, images)
    return images[..., None] if images.ndim == 3 else images


def order_of_epoch(
    labels: NDArray[np.int64], balance: float, random: np.random.Generator
) -> NDArray[np.int64]:
    """The numbers of the images of an epoch: each once, or with `balance` rare classes more often.

    With `balance` each image is drawn anew, a class with a share of `count ** (1 - balance)`.
    """
    count = len(labels)
    order: NDArray[np.int64] = random.permutation(count)
    if balance:
        weights = np.bincount(labels)[labels] ** -balance
        order = random.choice(count, count, p=weights / weights.sum())
    return order


def input_shape(settings: Settings, dataset: Dataset) -> Shape:
    """Height, width and channels that the network sees."""
    height, width = dataset.train.images.shape[1:3]
    colour = dataset.train.images.ndim == 4 and settings.block is None
    return height, width, dataset.train.images.shape[3] if colour else 1
