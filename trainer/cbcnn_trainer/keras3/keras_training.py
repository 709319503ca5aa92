"""Trains a network of Keras 3, epoch by epoch."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cbcnn_trainer import parts, teaching
from cbcnn_trainer.backends import Advance, Material
from cbcnn_trainer.checkpoint import Arrays
from cbcnn_trainer.evaluation import scores_of
from cbcnn_trainer.keras3 import framework
from cbcnn_trainer.keras3.backend import keras
from cbcnn_trainer.keras3.devices import Devices
from cbcnn_trainer.keras3.distillation import Teacher
from cbcnn_trainer.keras3.learner import Learner, Rates
from cbcnn_trainer.keras3.models import build_model
from cbcnn_trainer.settings import Precision, Settings

_CHANGES: Final = 6
"""Tells the random numbers of changes from others of the same seed and epoch."""


class KerasTraining:
    """A training in Keras 3, as `backends.Training` describes it.

    Args:
        settings: the whole run.
        material: what to train and validate on.
        teacher: helps with the targets.
        devices: where all of it lies.
    """

    def __init__(
        self, settings: Settings, material: Material, teacher: Teacher | None, devices: Devices
    ) -> None:
        part = material.part
        self._settings, self._material, self._unit = settings, material, devices.batch_unit
        count = len(part.labels) // self._unit * self._unit
        self._size = max(settings.batch_size // self._unit, 1) * self._unit
        self._count, self.steps = count, -(-count // self._size)
        self._loss = _loss(settings)
        keras.utils.set_random_seed(settings.seed)
        if teacher and teaching.asks_once(settings):
            teacher.remember(part.planes, mirrored=settings.mirror)
        with devices.scope():
            self.model = self._built(settings.precision)
            self._learner = Learner(
                self.model, self._loss, settings, part, material.mirrors, teacher
            )
            self._learner.compile(optimizer=_optimizer(settings, self.steps))
        self._judge = self.model
        if settings.precision != "float32":
            self._judge = self._built("float32")
        self._scope = devices.scope

    def _built(self, precision: Precision) -> Any:
        shape, classes = self._material.part.planes.shape[1:], self._material.part.rows.shape[1]
        return build_model(self._settings.architecture, shape, classes, precision)

    def start(self, weights: Arrays) -> None:
        """See `Training`."""
        if weights:
            self.model.set_weights(weights)
        with self._scope():
            self._learner.optimizer.build(self._learner.trainable_variables)

    def optimizer(self) -> Arrays:
        """See `Training`."""
        return [variable.numpy() for variable in self._learner.optimizer.variables]

    def set_optimizer(self, arrays: Arrays) -> None:
        """See `Training`."""
        for variable, value in zip(self._learner.optimizer.variables, arrays, strict=True):
            variable.assign(value)

    def show(self, planes: NDArray[Any]) -> None:
        """See `Training`."""
        self._learner.planes.assign(planes)

    def train(self, epoch: int, advance: Advance) -> tuple[float, float]:
        """See `Training`; what is random follows from the seed and the epoch alone."""
        settings = self._settings
        random = np.random.default_rng([settings.seed, 2, epoch])
        order = parts.order_of_epoch(self._material.part.labels, settings.balance, random)
        seed = np.random.default_rng([settings.seed, _CHANGES, epoch]).integers(1 << 31)
        self._learner.generator.state.assign(np.array([seed, 0], np.uint32))
        fitted = self._learner.fit(
            order[: self._count].astype(np.int32),
            batch_size=self._size,
            shuffle=False,
            verbose=0,
            callbacks=[_callback(advance)],
        ).history
        if settings.weight_average:
            # On JAX the weights now are the buffers of the average, and a step may use no buffer
            # twice.
            self.model.set_weights(self.model.get_weights())
        return float(fitted["loss"][0]), float(fitted["accuracy"][0])

    def validate(self) -> dict[str, float]:
        """See `Training`; in the model of float32 that will be saved."""
        held_out = self._material.held_out
        assert held_out is not None, "asked for only where there are such images"
        if self._judge is not self.model:
            self._judge.set_weights(self.model.get_weights())
        scores = scores_of(framework, self._judge, held_out.planes)
        loss = framework.to_numpy(self._loss(held_out.rows, scores))
        accuracy = np.mean(scores.argmax(axis=1) == held_out.labels)
        return {"loss": float(loss), "accuracy": float(accuracy)}


def _loss(settings: Settings) -> Any:
    if settings.loss == "cross-entropy":
        return keras.losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=settings.label_smoothing
        )
    return keras.losses.SquaredHinge()


def _optimizer(settings: Settings, steps: int) -> Any:
    """Adam; Keras replaces the weights by its average at the end of `fit`, here an epoch."""
    rates = [
        settings.rate_of(epoch, step, steps)
        for epoch in range(settings.epochs)
        for step in range(steps)
    ]
    average = settings.weight_average
    options = {"use_ema": True, "ema_momentum": average} if average else {}
    decay = settings.weight_decay or None
    adam = keras.optimizers.Adam(
        Rates(rates), beta_2=settings.beta_2, weight_decay=decay, **options
    )
    # What is added to a sum, or scales one channel of it.
    adam.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    return adam


def _callback(advance: Advance) -> Any:
    """A Keras callback that moves the bar."""

    def tell(batch: int, logs: dict[str, Any]) -> None:
        advance(batch + 1, float(logs["loss"]), float(logs["accuracy"]))

    return keras.callbacks.LambdaCallback(on_train_batch_end=tell)
