"""Measures a trained model: accuracy, per class and as a confusion matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs import preprocessing, scaling
from cbcnn_inputs.answers import class_count, decide
from cbcnn_inputs.errors import DataError
from cbcnn_inputs.metadata import ModelMetadata
from cbcnn_inputs.scaling import UNSCALED, Rescale
from cbcnn_inputs.shapes import holds
from cbcnn_trainer.framework import Framework
from cbcnn_trainer.scores import up_to_scores
from cbcnn_trainer.walk import images_at_once

BATCH: Final = 500


@dataclass(frozen=True)
class Evaluation:
    """Predictions for labelled images.

    Attributes:
        labels: int64 [N].
        predictions: int64 [N], by `cbcnn_inputs.answers.decide`.
        confusion: int64 [classes, classes], counts by true class, then predicted class.
    """

    labels: NDArray[np.int64]
    predictions: NDArray[np.int64]
    confusion: NDArray[np.int64]

    @property
    def accuracy(self) -> float:
        """Fraction of correctly classified images."""
        return float(np.mean(self.labels == self.predictions))

    def per_class(self, names: tuple[str, ...]) -> list[dict[str, Any]]:
        """Name, number of images and accuracy of each class; None for a class without images."""
        rows: list[dict[str, Any]] = []
        for label, counts in enumerate(self.confusion):
            total = int(counts.sum())
            rows.append(
                {
                    "label": label,
                    "name": names[label] if label < len(names) else "",
                    "images": total,
                    "accuracy": int(counts[label]) / total if total else None,
                }
            )
        return rows


def planes_of(
    facts: ModelMetadata | None, images: NDArray[Any], shape: tuple[int, ...]
) -> NDArray[Any]:
    """The integer planes that a network is fed with, from images as they were loaded.

    Images of the network's integer type that hold the values of its input stay as they are; others
    go through the Image Compression Block, if the model has one.

    Args:
        facts: of the model.
        images: uint8 or int8, [N, …].
        shape: of the model's input as Keras names it, without the batch.

    Returns:
        An array [N, *shape].

    Raises:
        DataError: neither is possible.
    """
    expected = facts.input_type if facts else images.dtype.name
    if images.dtype == np.dtype(expected) and holds(images.shape[1:], shape):
        return images.reshape(len(images), *shape)
    block = facts.preprocessing if facts else None
    if block is not None and images.dtype == np.uint8:
        planes = preprocessing.apply(block, images)
        if planes.shape[1:] == shape:
            return planes
    raise DataError(
        "the images do not fit the model",
        found=f"{images.dtype} {list(images.shape)}",
        allowed=f"{expected} [N, {', '.join(map(str, shape))}]",
    )


def predict(
    framework: Framework, model: Any, planes: NDArray[Any], rescale: Rescale = UNSCALED
) -> NDArray[np.int64]:
    """Class of each image; arguments as for `scores_of`."""
    return decide(scores_of(framework, model, planes, rescale))


def scores_of(
    framework: Framework, model: Any, planes: NDArray[Any], rescale: Rescale = UNSCALED
) -> NDArray[np.float32]:
    """Scores of each image, float32 [N, scores], in front of a function that keeps the answer.

    Args:
        framework: of the model.
        model: of Keras.
        planes: integer images [N, …] of its input.
        rescale: how training scaled them in front of the model.
    """
    shorter = up_to_scores(framework, model)
    found = []
    size = images_at_once(model, framework, BATCH)
    for start in range(0, len(planes), size):
        batch = scaling.apply(rescale, planes[start : start + size])
        scores = framework.to_numpy(shorter(framework.tensor(batch), training=False))
        found.append(scores.reshape(len(batch), -1))
    return np.concatenate(found)


def evaluate(
    framework: Framework,
    model: Any,
    planes: NDArray[Any],
    labels: NDArray[np.int64],
    rescale: Rescale = UNSCALED,
) -> Evaluation:
    """Predictions of a model for planes [N, H, W, C] and how they compare with the labels.

    Args:
        framework: of the model.
        model: of Keras.
        planes: integer images.
        labels: int64 [N].
        rescale: how training scaled the images in front of the model.

    Raises:
        DataError: other image sizes than the model's, or labels that it has no output for.
    """
    expected = tuple(model.input_shape[1:])
    if planes.shape[1:] != expected:
        raise DataError(
            "the images do not fit the model",
            found=f"{list(planes.shape[1:])} pixels and channels",
            allowed=str(list(expected)),
        )
    classes = class_count(int(model.output_shape[-1]))
    if not 0 <= labels.min() <= labels.max() < classes:
        raise DataError(
            "the labels do not fit the model",
            found=f"labels from {labels.min()} to {labels.max()}",
            allowed=f"0 to {classes - 1}",
        )
    predictions = predict(framework, model, planes, rescale)
    confusion = np.zeros((classes, classes), np.int64)
    np.add.at(confusion, (labels, predictions), 1)
    return Evaluation(labels, predictions, confusion)


def worst_classes(per_class: list[dict[str, Any]], count: int = 5) -> list[dict[str, Any]]:
    """The classes with the lowest accuracy, the lowest first; those without images do not count."""
    present = [row for row in per_class if row["images"]]
    return sorted(present, key=lambda row: float(row["accuracy"]))[:count]
