"""Trains a network of Keras 2, in TensorFlow, epoch by epoch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from numpy.typing import NDArray

from cbcnn_trainer import parts, teaching
from cbcnn_trainer.backends import Advance, Material
from cbcnn_trainer.checkpoint import Arrays
from cbcnn_trainer.keras2 import batches
from cbcnn_trainer.keras2.backend import tf
from cbcnn_trainer.keras2.distillation import Teacher
from cbcnn_trainer.keras2.matching import match_features
from cbcnn_trainer.keras2.models import build_model
from cbcnn_trainer.keras2.optimizers.make import make_optimizer, scale_first_kernel
from cbcnn_trainer.keras2.sharpening import Sharpening
from cbcnn_trainer.settings import Convolution, Precision, Settings
from cbcnn_trainer.strategy import Strategy

_AT_ONCE = 500


class LarqTraining:
    """A training in TensorFlow, as `backends.Training` describes it.

    Args:
        settings: the whole run.
        material: what to train and validate on.
        teacher: helps with the targets.
        strategy: TensorFlow's distribution engine.
    """

    def __init__(
        self, settings: Settings, material: Material, teacher: Teacher | None, strategy: Strategy
    ) -> None:
        self._settings, self._strategy = settings, strategy
        self._teacher = teacher if settings.distillation else None  # else nobody asks for answers
        self._mirrors = material.mirrors
        part, held_out = material.part, material.held_out
        tf.keras.utils.set_random_seed(settings.seed)
        tf.config.experimental.enable_op_determinism()
        with strategy.scope():
            guides = teacher.models if teacher and settings.feature_matching else ()
            self.model = _built(settings, part, settings.precision, settings.convolution, guides)
        self._sharpening = Sharpening(self.model, settings.sharpen_epochs)
        self._judge = _judge(settings, part, self.model)
        self._planes, self._rows = tf.constant(part.planes), tf.constant(part.rows)
        if self._teacher and teaching.asks_once(settings):
            self._teacher.remember(part.planes, mirrored=settings.mirror)
        self._order = batches.Order(settings.batch_size, settings.seed, settings.balance)
        self._validation = held_out and batches.plain(held_out.planes, held_out.rows, _AT_ONCE)
        self.steps = -(-len(part.labels) // settings.batch_size)

    def start(self, weights: Arrays) -> None:
        """See `Training`."""
        with self._strategy.scope():
            if weights:
                self.model.set_weights(weights)
            else:
                scale_first_kernel(self._settings, self.model)
            # An average begins with these weights.
            self.model.optimizer.build(self.model.trainable_variables)

    def optimizer(self) -> Arrays:
        """See `Training`."""
        return [variable.numpy() for variable in self.model.optimizer.variables]

    def set_optimizer(self, arrays: Arrays) -> None:
        """See `Training`."""
        for variable, value in zip(self.model.optimizer.variables, arrays, strict=True):
            variable.assign(value)

    def show(self, planes: NDArray[Any]) -> None:
        """See `Training`."""
        self._planes = tf.constant(planes)

    def train(self, epoch: int, advance: Advance) -> tuple[float, float]:
        """See `Training`."""
        settings, teacher = self._settings, self._teacher
        self._sharpening.begin(epoch)
        data = batches.training(
            self._planes,
            self._rows,
            self._order,
            limits=settings.augmentation,
            epoch=epoch,
            mirrors=self._mirrors,
            retarget=teacher.mix if teacher else None,
        )
        rate = partial(settings.rate_of, epoch, steps=self.steps)
        callback = _callback(self.model, rate, advance)
        fitted = self.model.fit(data, verbose=0, callbacks=[callback]).history
        return float(fitted["loss"][0]), float(fitted["accuracy"][0])

    def validate(self) -> dict[str, float]:
        """See `Training`; in the model of float32 that will be saved."""
        if self._judge is not self.model:
            self._judge.set_weights(self.model.get_weights())
        scores: dict[str, float] = self._judge.evaluate(
            self._validation, verbose=0, return_dict=True
        )
        return scores


def _judge(settings: Settings, part: parts.Part, model: Any) -> Any:
    """The model of float32, TensorFlow's layers and signs, as it will be saved; it validates."""
    same = settings.precision == "float32" and settings.convolution == "tensorflow"
    return model if same and not settings.sharpen_epochs else _built(settings, part)


def _built(
    settings: Settings,
    part: parts.Part,
    precision: Precision = "float32",
    convolution: Convolution = "tensorflow",
    guides: Sequence[Any] = (),
) -> Any:
    """A compiled model for these planes and targets."""
    height, width, channels = part.planes.shape[1:]
    shape = (height, width, channels)
    classes = part.rows.shape[1]
    model = build_model(settings.architecture, shape, classes, precision, convolution)
    if guides:
        model = match_features(model, guides, settings.feature_matching)
    loss: Any = tf.keras.losses.SquaredHinge()
    if settings.loss == "cross-entropy":
        loss = tf.keras.losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=settings.label_smoothing
        )
    accuracy = tf.keras.metrics.CategoricalAccuracy(name="accuracy")
    model.compile(make_optimizer(settings, model), loss=loss, metrics=[accuracy])
    return model


def _callback(model: Any, rate: Callable[[int], float], advance_to: Advance) -> Any:
    """A Keras callback that sets the learning rate of each step and moves the bar."""
    now = 0.0

    def begin(batch: int, logs: dict[str, float]) -> None:
        nonlocal now
        if rate(batch) != now:
            now = rate(batch)
            model.optimizer.learning_rate = now

    def advance(batch: int, logs: dict[str, float]) -> None:
        advance_to(batch + 1, logs["loss"], logs["accuracy"])

    return tf.keras.callbacks.LambdaCallback(on_batch_begin=begin, on_batch_end=advance)
