"""Measures a trained model: accuracy, per class and as a confusion matrix."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs import preprocessing, scaling
from cbcnn_inputs import rejection as rejecting
from cbcnn_inputs.answers import class_count, decide
from cbcnn_inputs.chance import chance_warning, judge
from cbcnn_inputs.datasets import load_images
from cbcnn_inputs.errors import DataError
from cbcnn_inputs.find_scaling import Found, find_scaling
from cbcnn_inputs.metadata import ModelMetadata
from cbcnn_inputs.model_files import open_model_file
from cbcnn_inputs.model_files.custom import replace_custom
from cbcnn_inputs.own_pictures.known import NOTHING_KNOWN, Known
from cbcnn_inputs.own_pictures.warn import left_out
from cbcnn_inputs.scaling import UNSCALED, Rescale
from cbcnn_inputs.shapes import holds
from cbcnn_trainer import corruptions
from cbcnn_trainer.backends import open_backend
from cbcnn_trainer.framework import Framework
from cbcnn_trainer.scores import up_to_scores
from cbcnn_trainer.walk import images_at_once

BATCH = 500

_SCALING: Final = "--rescale SCALE,OFFSET says so, --rescale auto finds it"


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


def evaluate_file(
    path: Path,
    data: Path,
    limit: int | None = None,
    *,
    corrupt: bool = False,
    rescale: Rescale | Literal["auto"] = UNSCALED,
    custom: Sequence[str] = (),
    skip_bad: bool = False,
    backend: str | None = None,
    tell: Callable[[str], None] = lambda _text: None,
) -> dict[str, Any]:
    """Evaluate a model file on the test images at `data`.

    Args:
        path: of the model.
        data: labelled images.
        limit: use only so many images, the first ones.
        corrupt: also evaluate on disturbed images.
        rescale: how training scaled images in front of the model; "auto" tries the usual ways.
        custom: what names of somebody's own stand for, each `NAME=MEANING`.
        skip_bad: leave out pictures that cannot be read.
        backend: computes; it is imported behind the reading of the model, which forks.
        tell: gets texts for people: which scalings were tried, and that an accuracy is hardly
            better than guessing.

    Returns:
        `images`, `accuracy`, `near_chance`, `per_class`, `worst`, the five classes with the lowest
        accuracy, `rescale` and `rescale_tried`, ready for JSON; `rejection` of a model that may
        give no answer; with `corrupt` also `corruptions`, the accuracy on disturbed images.

    Raises:
        ModelFileError: the model cannot be loaded.
        DataError: no labelled images that fit the model.
    """
    file = replace_custom(open_model_file(path), custom)
    framework = open_backend(backend).kit.framework
    model, facts = framework.load(file), file.metadata
    loaded = load_images(data, limit, _shape(model), _known(facts), skip_bad=skip_bad)
    for line in left_out(loaded.bad):
        tell(f"warning: {line}")
    if facts is not None and facts.pictures is not None:
        tell(f"{loaded.description}: {facts.pictures}")
    if loaded.labels is None:
        raise DataError(
            f"{data} has no labels",
            allowed="labelled images",
            suggestion="write a labels.csv with lines `filename,label` beside the images",
        )
    planes = planes_of(facts, loaded.images, tuple(model.input_shape[1:]))
    tried: list[dict[str, Any]] = []
    if isinstance(rescale, str):
        found = _find_scaling(framework, model, planes, loaded.labels)
        tell(found.describe())
        tried = [trial.to_json() for trial in found.trials]
        rescale = found.best.rescale
    result = evaluate(framework, model, planes, loaded.labels, rescale)
    classes = len(result.confusion)
    accuracy = judge(result.labels, result.predictions, classes)
    per_class = result.per_class(facts.class_names if facts else ())
    told = {
        "images": len(loaded.labels),
        "accuracy": result.accuracy,
        "near_chance": accuracy.is_near_chance,
        "per_class": per_class,
        "worst": worst_classes(per_class),
        "rescale": list(rescale),
        "rescale_tried": tried,
    }
    warning = chance_warning(accuracy, classes, scaling=_SCALING)
    if warning is not None:
        tell(f"warning: {warning}")
    if facts is not None and facts.rejection is not None:
        scores = scores_of(framework, model, planes, rescale)
        told["rejection"] = dict(rejecting.tell(facts.rejection, scores, loaded.labels))
    if corrupt:
        told["corruptions"] = _corrupted(
            framework, model, facts, loaded.images, loaded.labels, rescale
        )
    return told


def _known(facts: ModelMetadata | None) -> Known:
    """What the model's file says of pictures."""
    if facts is None:
        return NOTHING_KNOWN
    return Known(facts.pictures, facts.class_names, facts.division)


def _find_scaling(
    framework: Framework, model: Any, planes: NDArray[Any], labels: NDArray[np.int64]
) -> Found:
    def answer(some: NDArray[Any], rescale: Rescale) -> NDArray[np.int64]:
        return predict(framework, model, some, rescale)

    return find_scaling(planes, labels, class_count(int(model.output_shape[-1])), answer)


def _shape(model: Any) -> tuple[int, int, int] | None:
    """Height, width and channels of the model's input; None if it takes images of any size."""
    sizes = model.input_shape[1:]
    if any(size is None for size in sizes):
        return None
    height, width, channels = (1,) * (3 - len(sizes)) + tuple(sizes)
    return int(height), int(width), int(channels)


def _corrupted(
    framework: Framework,
    model: Any,
    facts: ModelMetadata | None,
    images: NDArray[Any],
    labels: NDArray[np.int64],
    rescale: Rescale,
) -> list[dict[str, Any]]:
    """Accuracy on each kind and amount of disturbance."""
    rows: list[dict[str, Any]] = []
    for name, amount, unit, disturbed in corruptions.corrupted(images):
        planes = planes_of(facts, disturbed, tuple(model.input_shape[1:]))
        accuracy = evaluate(framework, model, planes, labels, rescale).accuracy
        rows.append({"corruption": name, "amount": amount, "unit": unit, "accuracy": accuracy})
    return rows
