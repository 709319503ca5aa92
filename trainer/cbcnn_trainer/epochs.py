"""Runs the epochs from a state to the last one, with a checkpoint after each."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs.datasets import Dataset
from cbcnn_trainer import checkpoint, models, parts
from cbcnn_trainer.checkpoint import State
from cbcnn_trainer.exposure import expose
from cbcnn_trainer.health import Health
from cbcnn_trainer.keras2 import batches
from cbcnn_trainer.keras2.backend import tf
from cbcnn_trainer.keras2.distillation import Teacher
from cbcnn_trainer.keras2.matching import match_features
from cbcnn_trainer.keras2.optimizers.make import make_optimizer, scale_first_kernel
from cbcnn_trainer.keras2.sharpening import Sharpening
from cbcnn_trainer.keras2.strategy import Strategy
from cbcnn_trainer.outputs import Outputs
from cbcnn_trainer.progress import EpochProgress
from cbcnn_trainer.settings import Convolution, Precision, Settings

_NOT_MEASURED: Final = {"loss": math.nan, "accuracy": math.nan}

Watch: TypeAlias = Callable[[State], bool]
"""Hears of each finished epoch, and says whether to go on."""


def run(
    settings: Settings,
    dataset: Dataset,
    outputs: Outputs,
    state: State,
    strategy: Strategy,
    teacher: Teacher | None = None,
    *,
    watch: Watch | None = None,
) -> None:
    """Train `state` up to the last epoch; the checkpoint holds each finished epoch.

    Args:
        settings: the whole run.
        dataset: what to train and validate on.
        outputs: where the checkpoint is.
        state: to go on from; it is changed.
        strategy: TensorFlow's distribution engine.
        teacher: helps with the targets.
        watch: may end the run after an epoch; the lines about epochs are then its business.
    """
    classes = len(dataset.class_names)
    pictures = parts.training_images(settings, dataset)
    part = parts.prepare(settings, pictures, classes)
    held_out = None
    if len(dataset.validation.labels):
        held_out = parts.prepare(settings, dataset.validation, classes)
    guides = teacher.models if teacher and settings.feature_matching else ()
    model = _compiled(settings, part, state, strategy, outputs.checkpoint, guides)
    watched = (held_out or part).planes
    health = Health(model, watched, settings.architecture.gradient_window)
    sharpening = Sharpening(model, settings.sharpen_epochs)
    judge = _judge(settings, part, model)
    planes, rows = tf.constant(part.planes), tf.constant(part.rows)
    if not settings.distillation:
        teacher = None  # its answers are not asked for
    if teacher and (settings.teacher_view == "original" or not settings.augmentation.changes):
        teacher.remember(part.planes, mirrored=settings.mirror)
    order = batches.Order(settings.batch_size, settings.seed, settings.balance)
    validation = held_out and batches.plain(held_out.planes, held_out.rows, 500)
    steps = -(-len(part.labels) // settings.batch_size)
    with EpochProgress(settings.epochs, steps, lines=watch is None) as progress:
        for epoch in range(state.epoch, settings.epochs):
            begun = time.monotonic()
            progress.start(epoch + 1)
            sharpening.begin(epoch)
            if settings.augmentation.exposure:
                planes = tf.constant(_exposed(settings, pictures.images, epoch))
            data = batches.training(
                planes,
                rows,
                order,
                limits=settings.augmentation,
                epoch=epoch,
                mirrors=dataset.mirrors if settings.mirror else (),
                retarget=teacher.mix if teacher else None,
            )
            rate = partial(settings.rate_of, epoch, steps=steps)
            fitted = model.fit(data, verbose=0, callbacks=[_callback(model, rate, progress)])
            scores = _validate(judge, model, validation) if held_out else _NOT_MEASURED
            row = {
                "epoch": float(epoch + 1),
                "learning_rate": rate(),
                "loss": float(fitted.history["loss"][0]),
                "accuracy": float(fitted.history["accuracy"][0]),
                "val_loss": float(scores["loss"]),
                "val_accuracy": float(scores["accuracy"]),
                **health.measure(),
                "seconds": time.monotonic() - begun,
            }
            _record(state, model, row, settings)
            if strategy.writes:
                checkpoint.save(outputs.checkpoint, state)
            progress.finish(row)
            if watch is not None and not watch(state):
                return


def _compiled(
    settings: Settings,
    part: parts.Part,
    state: State,
    strategy: Strategy,
    source: Path,
    guides: Sequence[Any],
) -> Any:
    """The model with its optimizer, fresh from the seed or as `state`, out of `source`, left it;
    its features are matched with those of `guides`, models, if there are any.
    """
    tf.keras.utils.set_random_seed(settings.seed)
    tf.config.experimental.enable_op_determinism()
    with strategy.scope():
        model = _built(settings, part, settings.precision, settings.convolution, guides)
        if state.epoch:
            for what, arrays in (("weights", state.weights), ("best weights", state.best_weights)):
                checkpoint.demand_shapes(source, arrays, model.get_weights(), what)
        if state.weights:
            model.set_weights(state.weights)
        else:
            scale_first_kernel(settings, model)
        model.optimizer.build(model.trainable_variables)  # an average begins with these weights
    if state.epoch:
        variables = [variable.numpy() for variable in model.optimizer.variables]
        checkpoint.demand_shapes(source, state.optimizer, variables, "optimizer")
        for variable, value in zip(model.optimizer.variables, state.optimizer, strict=True):
            variable.assign(value)
    return model


def _judge(settings: Settings, part: parts.Part, model: Any) -> Any:
    """The model of float32, TensorFlow's layers and signs, as it will be saved; it validates."""
    same = settings.precision == "float32" and settings.convolution == "tensorflow"
    return model if same and not settings.sharpen_epochs else _built(settings, part)


def _validate(judge: Any, model: Any, data: Any) -> dict[str, float]:
    """Loss and accuracy of the trained weights in the model that judges them."""
    if judge is not model:
        judge.set_weights(model.get_weights())
    scores: dict[str, float] = judge.evaluate(data, verbose=0, return_dict=True)
    return scores


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
    model = models.build_model(settings.architecture, shape, classes, precision, convolution)
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


def _callback(model: Any, rate: Callable[[int], float], progress: EpochProgress) -> Any:
    """A Keras callback that sets the learning rate of each step and moves the bar."""
    now = 0.0

    def begin(batch: int, logs: dict[str, float]) -> None:
        nonlocal now
        if rate(batch) != now:
            now = rate(batch)
            model.optimizer.learning_rate = now

    def advance(batch: int, logs: dict[str, float]) -> None:
        progress.advance(batch + 1, logs["loss"], logs["accuracy"])

    return tf.keras.callbacks.LambdaCallback(on_batch_begin=begin, on_batch_end=advance)


def _exposed(settings: Settings, images: NDArray[np.uint8], epoch: int) -> NDArray[Any]:
    """The planes of an epoch's darker and lighter pictures, the same ones in every run."""
    random = np.random.default_rng([settings.seed, 5, epoch])
    return parts.to_planes(settings, expose(images, settings.augmentation.exposure, random))


def _record(state: State, model: Any, row: dict[str, float], settings: Settings) -> None:
    """Put the epoch that just ended into `state`."""
    is_better = all(_rank(row) > _rank(past) for past in state.history)
    state.history.append(row)
    state.weights = model.get_weights()
    state.optimizer = [variable.numpy() for variable in model.optimizer.variables]
    if settings.selection == "last" or is_better:
        state.best_weights, state.best_epoch = state.weights, state.epoch


def _rank(row: dict[str, float]) -> tuple[float, float]:
    """Higher for a better epoch. Among few validation images many are equally accurate: the loss
    tells the one that is sure of them from the one that was lucky.
    """
    return row["val_accuracy"], -row["val_loss"]
