"""Evaluates a model file on labelled images: `cbcnn-train evaluate`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs import rejection
from cbcnn_inputs.answers import class_count
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
from cbcnn_trainer import corruptions, evaluation
from cbcnn_trainer.backends import open_backend
from cbcnn_trainer.framework import Framework

Tell = Callable[[str], None]

_SCALING: Final = "--rescale SCALE,OFFSET says so, --rescale auto finds it"


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
    tell: Tell = lambda _text: None,
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
    subject = _open(path, custom, backend)
    images, labels = _load(subject, data, limit, skip_bad=skip_bad, tell=tell)
    planes = subject.planes_of(images)
    tried: list[dict[str, Any]] = []
    if isinstance(rescale, str):
        found = _find_scaling(subject, planes, labels)
        tell(found.describe())
        tried = [trial.to_json() for trial in found.trials]
        rescale = found.best.rescale
    told = {
        **_measure(subject, planes, labels, rescale, tell),
        "rescale": list(rescale),
        "rescale_tried": tried,
    }
    facts = subject.facts
    if facts is not None and facts.rejection is not None:
        scores = evaluation.scores_of(subject.framework, subject.model, planes, rescale)
        told["rejection"] = dict(rejection.tell(facts.rejection, scores, labels))
    if corrupt:
        told["corruptions"] = _corrupted(subject, images, labels, rescale)
    return told


@dataclass(frozen=True)
class _Subject:
    """A loaded model, and what its file says of itself."""

    framework: Framework
    model: Any
    facts: ModelMetadata | None

    @property
    def image_shape(self) -> tuple[int, int, int] | None:
        """Height, width and channels of the input; None if it takes images of any size."""
        sizes = self.model.input_shape[1:]
        if any(size is None for size in sizes):
            return None
        height, width, channels = (1,) * (3 - len(sizes)) + tuple(sizes)
        return int(height), int(width), int(channels)

    @property
    def known(self) -> Known:
        """What the file says of pictures."""
        if self.facts is None:
            return NOTHING_KNOWN
        return Known(self.facts.pictures, self.facts.class_names, self.facts.division)

    def planes_of(self, images: NDArray[Any]) -> NDArray[Any]:
        """See `evaluation.planes_of`."""
        return evaluation.planes_of(self.facts, images, tuple(self.model.input_shape[1:]))

    def evaluate(
        self, planes: NDArray[Any], labels: NDArray[np.int64], rescale: Rescale
    ) -> evaluation.Evaluation:
        """See `evaluation.evaluate`."""
        return evaluation.evaluate(self.framework, self.model, planes, labels, rescale)


def _open(path: Path, custom: Sequence[str], backend: str | None) -> _Subject:
    file = replace_custom(open_model_file(path), custom)
    framework = open_backend(backend).kit.framework
    return _Subject(framework, framework.load(file), file.metadata)


def _load(
    subject: _Subject, data: Path, limit: int | None, *, skip_bad: bool, tell: Tell
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """The images and their labels; what was left out is told."""
    loaded = load_images(data, limit, subject.image_shape, subject.known, skip_bad=skip_bad)
    for line in left_out(loaded.bad):
        tell(f"warning: {line}")
    if subject.known.fit is not None:
        tell(f"{loaded.description}: {subject.known.fit}")
    if loaded.labels is None:
        raise DataError(
            f"{data} has no labels",
            allowed="labelled images",
            suggestion="write a labels.csv with lines `filename,label` beside the images",
        )
    return loaded.images, loaded.labels


def _measure(
    subject: _Subject,
    planes: NDArray[Any],
    labels: NDArray[np.int64],
    rescale: Rescale,
    tell: Tell,
) -> dict[str, Any]:
    """Accuracy of all images and of each class; a warning if it is hardly better than guessing."""
    result = subject.evaluate(planes, labels, rescale)
    classes = len(result.confusion)
    accuracy = judge(result.labels, result.predictions, classes)
    warning = chance_warning(accuracy, classes, scaling=_SCALING)
    if warning is not None:
        tell(f"warning: {warning}")
    per_class = result.per_class(subject.facts.class_names if subject.facts else ())
    return {
        "images": len(labels),
        "accuracy": result.accuracy,
        "near_chance": accuracy.is_near_chance,
        "per_class": per_class,
        "worst": evaluation.worst_classes(per_class),
    }


def _find_scaling(subject: _Subject, planes: NDArray[Any], labels: NDArray[np.int64]) -> Found:
    def answer(some: NDArray[Any], rescale: Rescale) -> NDArray[np.int64]:
        return evaluation.predict(subject.framework, subject.model, some, rescale)

    classes = class_count(int(subject.model.output_shape[-1]))
    return find_scaling(planes, labels, classes, answer)


def _corrupted(
    subject: _Subject, images: NDArray[Any], labels: NDArray[np.int64], rescale: Rescale
) -> list[dict[str, Any]]:
    """Accuracy on each kind and amount of disturbance."""
    rows: list[dict[str, Any]] = []
    for name, amount, unit, disturbed in corruptions.corrupted(images):
        accuracy = subject.evaluate(subject.planes_of(disturbed), labels, rescale).accuracy
        rows.append({"corruption": name, "amount": amount, "unit": unit, "accuracy": accuracy})
    return rows
