"""Trains one network: the loop over epochs, its checkpoints, and the files at the end."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cbcnn_trainer import batches, checkpoint, model_file, models, norms, parts, plots
from cbcnn_trainer.backend import tf, versions
from cbcnn_trainer.checkpoint import State
from cbcnn_trainer.datasets import Dataset
from cbcnn_trainer.errors import DataError
from cbcnn_trainer.evaluation import Evaluation, evaluate
from cbcnn_trainer.files import check_writable, write_text
from cbcnn_trainer.metadata import ModelMetadata
from cbcnn_trainer.outputs import Outputs
from cbcnn_trainer.progress import EpochProgress, console
from cbcnn_trainer.settings import Settings
from cbcnn_trainer.strategy import Strategy


def train(
    settings: Settings,
    dataset: Dataset,
    outputs: Outputs,
    *,
    resume: bool = False,
    force: bool = False,
    start_from: Path | None = None,
    strategy: Strategy | None = None,
) -> dict[str, Any]:
    """Train, keep the selected epoch, test it once, write every output; returns the metrics.

    Args:
        settings: the whole run but its data.
        dataset: what to train, select and test on.
        outputs: where the files go.
        resume: go on from the checkpoint of the same run if there is one.
        force: replace outputs of other runs.
        start_from: a model file of the same architecture whose weights come before the first epoch.
        strategy: TensorFlow's distribution engine to train under, or none.

    Raises:
        OutputError: outputs are in the way or cannot be written.
        DataError: the network does not fit the images.
    """
    strategy = strategy or Strategy("none")
    run_id = identify(settings, dataset, start_from)
    outputs.check_free(run_id, force=force, resume=resume)
    if resume and outputs.finished_run() == run_id and outputs.model.exists():
        console.print(f"{outputs.model} is complete, nothing to do")
        finished: dict[str, Any] = json.loads(outputs.metrics.read_text(encoding="utf-8"))
        return finished
    models.check(
        settings.architecture, parts.input_shape(settings, dataset), len(dataset.class_names)
    )
    state = State(run_id, weights=_first_weights(settings, dataset, start_from))
    if resume and outputs.checkpoint.exists():
        state = checkpoint.load(outputs.checkpoint, run_id)
        console.print(f"going on after epoch {state.epoch} of {settings.epochs}")
    elif strategy.writes:
        check_writable(outputs.model.parent)
        outputs.forget()
    started = time.monotonic()
    _run_epochs(settings, dataset, outputs, state, strategy)
    if not strategy.writes:
        return {}
    return _finish(settings, dataset, outputs, state, time.monotonic() - started)


def identify(settings: Settings, dataset: Dataset, start_from: Path | None = None) -> str:
    """A digest of the settings, of all training and validation data, and of the first weights."""
    digest = hashlib.sha256(settings.to_json().encode())
    for part in (dataset.train, dataset.validation):
        digest.update(np.ascontiguousarray(part.images).data)
        digest.update(np.ascontiguousarray(part.labels).data)
    if start_from is not None and start_from.is_file():
        digest.update(start_from.read_bytes())
    return digest.hexdigest()


def _first_weights(
    settings: Settings, dataset: Dataset, start_from: Path | None
) -> list[NDArray[Any]]:
    """The weights of the model to start from, or none."""
    if start_from is None:
        return []
    shape, classes = parts.input_shape(settings, dataset), len(dataset.class_names)
    weights: list[NDArray[Any]] = model_file.load(start_from).get_weights()
    found = [array.shape for array in weights]
    allowed = [
        array.shape
        for array in models.build_model(settings.architecture, shape, classes).get_weights()
    ]
    if found != allowed:
        raise DataError(
            f"{start_from} is a network of another shape",
            found=f"weights {found}",
            allowed=f"weights {allowed}",
            suggestion="the options that describe its architecture",
        )
    return weights


def _run_epochs(
    settings: Settings, dataset: Dataset, outputs: Outputs, state: State, strategy: Strategy
) -> None:
    """Bring `state` from where it is to the last epoch, with a checkpoint after each."""
    classes = len(dataset.class_names)
    part = parts.prepare(settings, parts.training_images(settings, dataset), classes)
    held_out = parts.prepare(settings, dataset.validation, classes)
    model = _compiled(settings, part, state, strategy)
    judge = _judge(settings, part, model)
    planes, rows = tf.constant(part.planes), tf.constant(part.rows)
    validation = batches.plain(held_out.planes, held_out.rows, 500)
    steps = -(-len(part.labels) // settings.batch_size)
    with EpochProgress(settings.epochs, steps) as progress:
        for epoch in range(state.epoch, settings.epochs):
            begun = time.monotonic()
            progress.start(epoch + 1)
            model.optimizer.learning_rate.assign(settings.rate_of(epoch))
            data = batches.training(
                planes,
                rows,
                batch_size=settings.batch_size,
                limits=settings.augmentation,
                seed=settings.seed,
                epoch=epoch,
                mirrors=dataset.mirrors if settings.mirror else (),
            )
            fitted = model.fit(data, verbose=0, callbacks=[_callback(progress)])
            scores = _validate(judge, model, validation)
            row = {
                "epoch": float(epoch + 1),
                "learning_rate": settings.rate_of(epoch),
                "loss": float(fitted.history["loss"][0]),
                "accuracy": float(fitted.history["accuracy"][0]),
                "val_loss": float(scores["loss"]),
                "val_accuracy": float(scores["accuracy"]),
                "seconds": time.monotonic() - begun,
            }
            _record(state, model, row, settings)
            if strategy.writes:
                checkpoint.save(outputs.checkpoint, state)
            progress.finish(row)


def _compiled(settings: Settings, part: parts.Part, state: State, strategy: Strategy) -> Any:
    """The model with its optimizer, fresh from the seed or as `state` left it."""
    tf.keras.utils.set_random_seed(settings.seed)
    tf.config.experimental.enable_op_determinism()
    with strategy.scope():
        model = _built(settings, part, settings.precision)
        model.optimizer.build(model.trainable_variables)
    if state.weights:
        model.set_weights(state.weights)
    if state.epoch:
        for variable, value in zip(model.optimizer.variables, state.optimizer, strict=True):
            variable.assign(value)
    return model


def _judge(settings: Settings, part: parts.Part, model: Any) -> Any:
    """The model of float32 that is validated, because it is what will be saved."""
    return model if settings.precision == "float32" else _built(settings, part, "float32")


def _validate(judge: Any, model: Any, data: Any) -> dict[str, float]:
    """Loss and accuracy of the trained weights in the model that judges them."""
    if judge is not model:
        judge.set_weights(model.get_weights())
    scores: dict[str, float] = judge.evaluate(data, verbose=0, return_dict=True)
    return scores


def _built(settings: Settings, part: parts.Part, precision: models.Precision) -> Any:
    """A compiled model for these planes and targets."""
    height, width, channels = part.planes.shape[1:]
    shape = (height, width, channels)
    model = models.build_model(settings.architecture, shape, part.rows.shape[1], precision)
    loss: Any = tf.keras.losses.SquaredHinge()
    if settings.loss == "cross-entropy":
        loss = tf.keras.losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=settings.label_smoothing
        )
    accuracy = tf.keras.metrics.CategoricalAccuracy(name="accuracy")
    model.compile(tf.keras.optimizers.Adam(settings.learning_rate), loss=loss, metrics=[accuracy])
    return model


def _callback(progress: EpochProgress) -> Any:
    """A Keras callback that moves the bar."""

    def advance(batch: int, logs: dict[str, float]) -> None:
        progress.advance(batch + 1, logs["loss"], logs["accuracy"])

    return tf.keras.callbacks.LambdaCallback(on_batch_end=advance)


def _record(state: State, model: Any, row: dict[str, float], settings: Settings) -> None:
    """Put the epoch that just ended into `state`."""
    best = max((past["val_accuracy"] for past in state.history), default=-1.0)
    state.history.append(row)
    state.weights = model.get_weights()
    state.optimizer = [variable.numpy() for variable in model.optimizer.variables]
    if settings.selection == "last" or row["val_accuracy"] > best:
        state.best_weights, state.best_epoch = state.weights, state.epoch


def _finish(
    settings: Settings, dataset: Dataset, outputs: Outputs, state: State, seconds: float
) -> dict[str, Any]:
    """Test the kept epoch once and write model, log, pictures and, last, the metrics."""
    planes = parts.to_planes(settings, dataset.test.images)
    classes = len(dataset.class_names)
    model = models.build_model(settings.architecture, parts.input_shape(settings, dataset), classes)
    model.set_weights(state.best_weights)
    validation_accuracy = state.history[state.best_epoch - 1]["val_accuracy"]
    if settings.reestimate_norms:
        validation_accuracy = _reestimate(settings, dataset, model)
    facts = ModelMetadata(
        input_type="uint8" if settings.block is None else settings.block.output_type,
        preprocessing=settings.block,
        class_names=dataset.class_names,
        dataset=settings.dataset,
        preset=settings.preset,
        seed=settings.seed,
        versions=versions(),
    )
    model_file.save(model, outputs.model, facts)
    result = evaluate(model, planes, dataset.test.labels)
    write_text(outputs.log, _log(state))
    plots.draw_all(outputs, dataset, state.history, result)
    metrics = _metrics(settings, dataset, state, result, models.count_trainable(model))
    metrics["validation_accuracy"] = validation_accuracy
    metrics["seconds"] = round(sum(row["seconds"] for row in state.history), 1)
    write_text(outputs.metrics, json.dumps(metrics, indent=1) + "\n")
    outputs.checkpoint.unlink(missing_ok=True)
    console.print(
        f"test accuracy {result.accuracy:.4f} on {len(result.labels)} images, epoch "
        f"{state.best_epoch} of {settings.epochs}, {seconds:.0f} s: {outputs.model}"
    )
    return metrics


def _reestimate(settings: Settings, dataset: Dataset, model: Any) -> float:
    """Measure the model's batch norms on the training images; its validation accuracy then."""
    norms.reestimate(
        model, parts.to_planes(settings, parts.training_images(settings, dataset).images)
    )
    held_out = dataset.validation
    return evaluate(model, parts.to_planes(settings, held_out.images), held_out.labels).accuracy


def _metrics(
    settings: Settings, dataset: Dataset, state: State, result: Evaluation, parameters: int
) -> dict[str, Any]:
    kept = state.history[state.best_epoch - 1]
    return {
        "run_id": state.run_id,
        "test_accuracy": result.accuracy,
        "test_images": len(result.labels),
        "validation_accuracy": kept["val_accuracy"],
        "train_accuracy": kept["accuracy"],
        "epoch": state.best_epoch,
        "trainable_parameters": parameters,
        "images": {
            "train": len(parts.training_images(settings, dataset).labels),
            "validation": len(dataset.validation.labels),
            "test": len(dataset.test.labels),
        },
        "settings": json.loads(settings.to_json()),
        "versions": versions(),
        "per_class": result.per_class(dataset.class_names),
        "confusion": result.confusion.tolist(),
    }


def _log(state: State) -> str:
    """The history as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(state.history[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({**row, "epoch": int(row["epoch"])} for row in state.history)
    return text.getvalue()
