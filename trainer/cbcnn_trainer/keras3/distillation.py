"""Mixes the answers of trained networks into the targets, as `keras2.distillation` does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs.model_files import ModelFile
from cbcnn_trainer import teaching
from cbcnn_trainer.buildable import Shape
from cbcnn_trainer.keras3 import framework
from cbcnn_trainer.keras3.backend import keras
from cbcnn_trainer.settings import Settings

ops: Final[Any] = keras.ops

_AT_ONCE: Final = 500  # images, so that a batch's maps fit into memory


class Teacher(keras.layers.Layer):  # type: ignore[misc]
    """Mixes the scores of trained models into target rows, the mean of their softmaxes.

    Args:
        models: from planes to one score per class, one or more.
        share: the teachers' part of the targets, 0 to 1.
        temperature: divides the scores before the softmax.
    """

    def __init__(self, models: Sequence[Any], share: float, temperature: float) -> None:
        super().__init__(trainable=False, name="teacher")
        for model in models:
            model.trainable = False
        self._models, self._share, self._temperature = list(models), share, temperature
        self._remembered: Any = None
        self._count = 0

    def remember(self, planes: NDArray[Any], *, mirrored: bool) -> None:
        """Ask about all planes [N, H, W, C] now, and about each reversed where `mirrored`.

        From then on `mix` looks these answers up, whatever else changes in an image.
        """
        views = (planes, planes[:, :, ::-1]) if mirrored else (planes,)
        answers = [
            framework.to_numpy(self._opinion(view[first : first + _AT_ONCE].astype(np.float32)))
            for view in views
            for first in range(0, len(view), _AT_ONCE)
        ]
        # One row behind the other: those of the images, then those of the reversed ones.
        table = np.concatenate(answers)
        self._count = len(planes)
        self._remembered = keras.Variable(table, trainable=False, name="opinions")

    def mix(self, images: Any, rows: Any, numbers: Any, reversed_: Any) -> Any:
        """Target rows [N, classes] to train with; arguments as for `keras2.distillation`."""
        if self._remembered is None:
            opinion = self._opinion(images)
        else:
            places = numbers + self._count * ops.cast(reversed_, numbers.dtype)
            opinion = ops.take(self._remembered, places, axis=0)
        return (1 - self._share) * rows + self._share * opinion

    def _opinion(self, images: Any) -> Any:
        opinions = [
            ops.softmax(ops.cast(model(images, training=False), "float32") / self._temperature)
            for model in self._models
        ]
        return sum(opinions) / len(opinions)


def load_teacher(
    settings: Settings, files: Sequence[ModelFile], shape: Shape, classes: int
) -> Teacher | None:
    """See `backends.Backend`."""
    teaching.demand_pair(settings, files)
    if not files:
        return None
    models = [framework.load(file) for file in files]
    for file, model in zip(files, models, strict=True):
        teaching.demand_fitting(settings, file, model, shape, classes)
    return Teacher(models, settings.distillation, settings.temperature)
