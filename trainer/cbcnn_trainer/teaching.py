"""Which trained network may teach another one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cbcnn_inputs.errors import DataError
from cbcnn_inputs.model_files import ModelFile
from cbcnn_trainer.buildable import Shape
from cbcnn_trainer.settings import Settings


def demand_pair(settings: Settings, files: Sequence[ModelFile]) -> None:
    """Demand files where the settings ask teachers for anything, and none elsewhere.

    Raises:
        DataError: one comes without the other.
    """
    asks = bool(settings.distillation or settings.feature_matching)
    if bool(files) != asks:
        raise DataError(
            "a teacher and what it teaches belong together",
            found=f"teacher {', '.join(file.name for file in files) or None}, distillation "
            f"{settings.distillation}, feature matching {settings.feature_matching}",
            suggestion="--teacher MODEL with --distillation 0.5 or --feature-matching 1",
        )


def demand_fitting(
    settings: Settings, file: ModelFile, model: Any, input_shape: Shape, classes: int
) -> None:
    """Demand a teacher for the images and classes of a run.

    Raises:
        DataError: it is for others.
    """
    facts = file.metadata
    shapes = (tuple(model.input_shape[1:]), tuple(model.output_shape[1:]))
    block = settings.block if facts is None else facts.preprocessing
    if shapes != (tuple(input_shape), (classes,)) or block != settings.block:
        raise DataError(
            f"{file.name} cannot teach this network",
            found=f"images {shapes[0]}, scores {shapes[1]}, preprocessing {block}",
            allowed=f"images {tuple(input_shape)}, scores {(classes,)}, preprocessing "
            f"{settings.block}",
            suggestion="train it on the same data set with --no-binary",
        )


def asks_once(settings: Settings) -> bool:
    """Whether the teacher is asked once about each image, and not about each change of it."""
    return settings.teacher_view == "original" or not settings.augmentation.changes
