"""A network with its training images on the device: Keras trains it on numbers of images.

`fit` gets numbers alone. The model looks the images up, changes them, asks the teacher, and gives
scores and targets to the loss, all in one compiled step where the backend compiles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cbcnn_trainer.keras3 import changes
from cbcnn_trainer.keras3.backend import keras
from cbcnn_trainer.keras3.distillation import Teacher
from cbcnn_trainer.parts import Part
from cbcnn_trainer.settings import Settings

ops: Final[Any] = keras.ops


class Rates(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
    """The learning rate of every step of a run, as a table."""

    def __init__(self, rates: Sequence[float]) -> None:
        self._rates = np.array(rates, np.float32)

    def __call__(self, step: Any) -> Any:
        """The rate of a step, counted from 0."""
        last = len(self._rates) - 1
        return ops.take(self._rates, ops.minimum(ops.cast(step, "int32"), last))


class Learner(keras.Model):  # type: ignore[misc]
    """A model of image numbers, int32 [N], whose loss is that of the network in it.

    Args:
        network: to train.
        loss: of target rows and scores.
        settings: of the run.
        part: images to train on.
        mirrors: for each class the one that its reversed images show, or None; empty for none.
        teacher: helps with the targets, or None.
    """

    def __init__(
        self,
        network: Any,
        loss: Any,
        settings: Settings,
        part: Part,
        mirrors: Sequence[int | None],
        teacher: Teacher | None,
    ) -> None:
        super().__init__(name="learner")
        self.network, self.teacher, self._loss_of = network, teacher, loss
        self.planes = _fixed(part.planes, "planes")
        self.labels = _fixed(part.labels.astype(np.int32), "labels")
        self.targets = _fixed(_rows_of_classes(part.rows), "targets")
        self.generator = keras.random.SeedGenerator(settings.seed)
        self.accuracy = keras.metrics.CategoricalAccuracy(name="accuracy")
        self._limits = asdict(settings.augmentation)
        self._levels = changes.levels_of(part.planes.dtype)
        self._partners = [-1 if mirror is None else mirror for mirror in mirrors]
        self.built = True

    def call(self, numbers: Any, training: bool | None = None) -> tuple[Any, Any]:
        """Scores [N, classes] of changed images, and the targets to hold them to."""
        images = ops.cast(ops.take(self.planes, numbers, axis=0), "float32")
        labels = ops.take(self.labels, numbers)
        images, labels, turned = changes.reverse(self._seeds, images, labels, self._partners)
        images = changes.move(self._seeds, images, self._limits)
        images = changes.change_levels(self._seeds, images, self._limits, self._levels)
        rows = ops.take(self.targets, labels, axis=0)
        if self.teacher is not None:
            rows = self.teacher.mix(images, rows, numbers, turned)
        images, rows = changes.mix(self._seeds, images, rows, self._limits)
        images, rows = ops.stop_gradient(images), ops.stop_gradient(rows)
        return ops.cast(self.network(images, training=training), "float32"), rows

    def _seeds(self) -> Any:
        return self.generator

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """The loss of what `call` gave."""
        scores, rows = y_pred
        return self._loss_of(rows, scores)

    def compute_metrics(
        self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None
    ) -> dict[str, Any]:
        """Loss and accuracy since the epoch began."""
        scores, rows = y_pred
        self.accuracy.update_state(rows, scores)
        found: dict[str, Any] = self.get_metrics_result()
        return found


def _fixed(values: NDArray[Any], name: str) -> Any:
    """A variable on the device that no training changes."""
    return keras.Variable(values, dtype=values.dtype.name, trainable=False, name=name)


def _rows_of_classes(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """The target row of every class, from rows of which each has its highest value at its class."""
    table = np.full((rows.shape[1], rows.shape[1]), rows.min(), np.float32)
    np.fill_diagonal(table, rows.max())
    return table
