"""Mixes the answers of trained networks, the teachers, into the targets of each changed image.

A target row becomes `(1 - share) * row + share * softmax(scores / temperature)`, with the teacher's
scores of the very image that the student sees, shifted and turned as it is; of several teachers
it is the mean of their softmaxes. Cross-entropy is linear
in its targets, so this is the sum of two losses as in Hinton, Vinyals and Dean, "Distilling the
Knowledge in a Neural Network" (2015), with the temperature on the teacher's side alone: the
student's batch norm learns the scale of its own scores.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs.model_files import ModelFile
from cbcnn_trainer import teaching
from cbcnn_trainer.buildable import Shape
from cbcnn_trainer.keras2.backend import tf
from cbcnn_trainer.keras2.loading import rebuild
from cbcnn_trainer.keras2.matching import demand_same_maps
from cbcnn_trainer.keras2.models import build_model
from cbcnn_trainer.settings import Settings

_AT_ONCE: Final = 500  # images, so that a batch's maps fit into memory


class Teacher:
    """Mixes the scores of trained models into target rows.

    Args:
        models: Keras models from planes to one score per class, one or more.
        share: the teachers' part of the targets, 0 to 1.
        temperature: divides the scores before the softmax.
    """

    def __init__(self, models: Sequence[Any], share: float, temperature: float) -> None:
        self.models = models
        self._share = share
        self._temperature = temperature
        self._remembered: Any = None

    def remember(self, planes: NDArray[Any], *, mirrored: bool) -> None:
        """Ask about all planes [N, H, W, C] now, and about each reversed where `mirrored`.

        From then on `mix` looks these answers up, whatever else changes in an image.
        """
        views = (planes, planes[:, :, ::-1]) if mirrored else (planes,)
        parts = [
            [
                self._opinion(view[first : first + _AT_ONCE].astype(np.float32))
                for first in range(0, len(view), _AT_ONCE)
            ]
            for view in views
        ]
        self._remembered = tf.stack([tf.concat(part, axis=0) for part in parts])

    @property
    def remembered(self) -> NDArray[np.float32]:
        """The answers of `remember`, [views, N, classes]."""
        answers: NDArray[np.float32] = self._remembered.numpy()
        return answers

    def mix(self, images: Any, rows: Any, numbers: Any, mirrored: Any) -> Any:
        """Target rows [N, classes] to train with.

        Args:
            images: float32 planes [N, H, W, C] as the student sees them.
            rows: target rows [N, classes] without the teacher.
            numbers: of the images among those remembered, [N].
            mirrored: whether each is reversed, [N].
        """
        if self._remembered is None:
            opinion = self._opinion(images)
        else:
            views = tf.cast(mirrored, tf.int64)
            places = tf.stack([views, tf.cast(numbers, tf.int64)], axis=1)
            opinion = tf.gather_nd(self._remembered, places)
        return (1 - self._share) * rows + self._share * opinion

    def _opinion(self, images: Any) -> Any:
        opinions = []
        for model in self.models:
            scores = tf.cast(model(images, training=False), tf.float32)
            opinions.append(tf.nn.softmax(scores / self._temperature))
        return tf.add_n(opinions) / len(opinions)


def load_teacher(
    settings: Settings, files: Sequence[ModelFile], input_shape: Shape, classes: int
) -> Teacher | None:
    """The teacher that the settings ask for, or None where they ask for none.

    Raises:
        ModelFileError: the file holds something that is not loaded.
        DataError: no file, or a model for other images or classes, or with other maps where
            features are matched.
    """
    teaching.demand_pair(settings, files)
    if not files:
        return None
    found = [_load(settings, file, input_shape, classes) for file in files]
    if settings.feature_matching:
        student = build_model(settings.architecture, input_shape, classes)
        for file, model in zip(files, found, strict=True):
            demand_same_maps(file.name, model, student)
    return Teacher(found, settings.distillation, settings.temperature)


def _load(settings: Settings, file: ModelFile, input_shape: Shape, classes: int) -> Any:
    """The model of a teacher's file, if it knows these images and classes."""
    model = rebuild(file)
    teaching.demand_fitting(settings, file, model, input_shape, classes)
    return _in_precision(model, file, settings)


def _in_precision(model: Any, file: ModelFile, settings: Settings) -> Any:
    """The model, computing as the student does in training; its scores stay float32."""
    if settings.precision == "float32":
        return model
    last = model.layers[-1].name
    return rebuild(file, lambda name: "float32" if name == last else "mixed_bfloat16")
