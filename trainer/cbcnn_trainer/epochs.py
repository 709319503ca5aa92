"""Runs the epochs from a state to the last one, with a checkpoint after each."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs.datasets import Dataset, Split
from cbcnn_trainer import checkpoint, parts
from cbcnn_trainer.backends import Backend, Material, Training
from cbcnn_trainer.checkpoint import State
from cbcnn_trainer.exposure import expose
from cbcnn_trainer.health import Health
from cbcnn_trainer.outputs import Outputs
from cbcnn_trainer.progress import EpochProgress
from cbcnn_trainer.settings import Settings

_NOT_MEASURED: Final = {"loss": math.nan, "accuracy": math.nan}

Watch: TypeAlias = Callable[[State], bool]
"""Hears of each finished epoch, and says whether to go on."""


def run(
    settings: Settings,
    dataset: Dataset,
    outputs: Outputs,
    state: State,
    backend: Backend,
    teacher: Any = None,
    *,
    watch: Watch | None = None,
) -> None:
    """Train `state` up to the last epoch; the checkpoint holds each finished epoch.

    Args:
        settings: the whole run.
        dataset: what to train and validate on.
        outputs: where the checkpoint is.
        state: to go on from; it is changed.
        backend: trains.
        teacher: of the backend; helps with the targets.
        watch: may end the run after an epoch; the lines about epochs are then its business.
    """
    pictures = parts.training_images(settings, dataset)
    material = _material(settings, dataset, pictures)
    training = backend.begin(settings, material, teacher)
    _restore(training, state, outputs.checkpoint)
    watched = (material.held_out or material.part).planes
    health = Health(backend.kit, training.model, watched, settings.architecture.gradient_window)
    with EpochProgress(settings.epochs, training.steps, lines=watch is None) as progress:
        for epoch in range(state.epoch, settings.epochs):
            begun = time.monotonic()
            progress.start(epoch + 1)
            if settings.augmentation.exposure:
                training.show(_exposed(settings, pictures.images, epoch))
            loss, accuracy = training.train(epoch, progress.advance)
            scores = training.validate() if material.held_out else _NOT_MEASURED
            row = {
                "epoch": float(epoch + 1),
                "learning_rate": settings.rate_of(epoch, steps=training.steps),
                "loss": loss,
                "accuracy": accuracy,
                "val_loss": float(scores["loss"]),
                "val_accuracy": float(scores["accuracy"]),
                **health.measure(),
                "seconds": time.monotonic() - begun,
            }
            _record(state, training, row, settings)
            if backend.writes:
                checkpoint.save(outputs.checkpoint, state)
            progress.finish(row)
            if watch is not None and not watch(state):
                return


def _material(settings: Settings, dataset: Dataset, pictures: Split) -> Material:
    """The planes of the pictures to train on, and of those that are held out."""
    classes, held_out = len(dataset.class_names), dataset.validation
    return Material(
        parts.prepare(settings, pictures, classes),
        parts.prepare(settings, held_out, classes) if len(held_out.labels) else None,
        dataset.mirrors if settings.mirror else (),
    )


def _restore(training: Training, state: State, source: Path) -> None:
    """Begin with the weights of a state, if it has any, and go on as it, out of `source`, ended."""
    if state.epoch:
        expected = training.model.get_weights()
        for what, arrays in (("weights", state.weights), ("best weights", state.best_weights)):
            checkpoint.demand_shapes(source, arrays, expected, what)
    training.start(state.weights)
    if state.epoch:
        checkpoint.demand_shapes(source, state.optimizer, training.optimizer(), "optimizer")
        training.set_optimizer(state.optimizer)


def _exposed(settings: Settings, images: NDArray[np.uint8], epoch: int) -> NDArray[Any]:
    """The planes of an epoch's darker and lighter pictures, the same ones in every run."""
    random = np.random.default_rng([settings.seed, 5, epoch])
    return parts.to_planes(settings, expose(images, settings.augmentation.exposure, random))


def _record(state: State, training: Training, row: dict[str, float], settings: Settings) -> None:
    """Put the epoch that just ended into `state`."""
    is_better = all(_rank(row) > _rank(past) for past in state.history)
    state.history.append(row)
    state.weights = training.model.get_weights()
    state.optimizer = training.optimizer()
    if settings.selection == "last" or is_better:
        state.best_weights, state.best_epoch = state.weights, state.epoch


def _rank(row: dict[str, float]) -> tuple[float, float]:
    """Higher for a better epoch. Among few validation images many are equally accurate: the loss
    tells the one that is sure of them from the one that was lucky.
    """
    return row["val_accuracy"], -row["val_loss"]
