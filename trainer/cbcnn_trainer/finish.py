"""Finishes a run: tests the model once and writes it with its log, pictures and metrics."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
from dataclasses import asdict
from typing import Any

from cbcnn_inputs import rejection as rejecting
from cbcnn_inputs.datasets import Dataset
from cbcnn_inputs.training_files import MODEL_DIGEST
from cbcnn_trainer import networks, norms, parts, plots
from cbcnn_trainer.backends import Backend
from cbcnn_trainer.checkpoint import State
from cbcnn_trainer.evaluation import Evaluation, evaluate, scores_of
from cbcnn_trainer.metadata_of_run import metadata_of
from cbcnn_trainer.origins import Origins
from cbcnn_trainer.outputs import Outputs
from cbcnn_trainer.progress import console
from cbcnn_trainer.settings import Settings


def finish(
    settings: Settings,
    dataset: Dataset,
    outputs: Outputs,
    state: State,
    origins: Origins,
    backend: Backend,
    seconds: float,
) -> dict[str, Any]:
    """Test the kept epoch once and write model, log, pictures and metrics, all in one step."""
    planes = parts.to_planes(settings, dataset.test.images)
    classes = len(dataset.class_names)
    model = backend.build(settings, parts.input_shape(settings, dataset), classes)
    framework = backend.kit.framework
    model.set_weights(state.best_weights)
    validation_accuracy = _measured(state.history[state.best_epoch - 1]["val_accuracy"])
    if settings.reestimate_norms:
        validation_accuracy = _reestimate(settings, dataset, backend, model)
    held_out = None
    if settings.reject:
        held_out = scores_of(framework, model, parts.to_planes(settings, dataset.validation.images))
    rejection = None if held_out is None else rejecting.choose(held_out, settings.reject)
    facts = metadata_of(settings, dataset, backend.versions(), rejection)
    result = evaluate(framework, model, planes, dataset.test.labels)
    metrics = _metrics(settings, dataset, state, result, networks.count_trainable(model))
    metrics["backend"] = backend.name
    metrics["versions"] = backend.versions()
    metrics["validation_accuracy"] = validation_accuracy
    metrics["origins"] = origins.digests()
    metrics["seconds"] = round(sum(row["seconds"] for row in state.history), 1)
    drawn = plots.draw_all(outputs, dataset, state.history, result)
    if rejection is not None and held_out is not None:
        scores = scores_of(framework, model, planes)
        metrics["rejection"] = {
            **asdict(rejection),
            "validation": rejecting.tell(rejection, held_out, dataset.validation.labels),
            "test": rejecting.tell(rejection, scores, dataset.test.labels),
        }
        drawn |= plots.draw_coverage(outputs, scores, dataset.test.labels, rejection)
    content = backend.to_bytes(model, outputs.model.suffix, facts)
    metrics[MODEL_DIGEST] = hashlib.sha256(content).hexdigest()
    outputs.replace(
        {
            outputs.model: content,
            outputs.log: _log(state).encode(),
            outputs.metrics: (json.dumps(metrics, indent=1) + "\n").encode(),
            **drawn,
        }
    )
    console.print(
        f"test accuracy {result.accuracy:.4f} on {len(result.labels)} images, epoch "
        f"{state.best_epoch} of {settings.epochs}, {seconds:.0f} s: {outputs.model}"
    )
    return metrics


def _measured(number: float) -> float | None:
    """The number, None where it was not measured."""
    return None if math.isnan(number) else number


def _reestimate(settings: Settings, dataset: Dataset, backend: Backend, model: Any) -> float | None:
    """Measure the model's batch norms on the training images; its validation accuracy then, None
    without validation images.
    """
    images = parts.training_images(settings, dataset).images
    norms.reestimate(backend.kit.keras, model, parts.to_planes(settings, images))
    held_out = dataset.validation
    if not len(held_out.labels):
        return None
    planes = parts.to_planes(settings, held_out.images)
    return evaluate(backend.kit.framework, model, planes, held_out.labels).accuracy


def _metrics(
    settings: Settings, dataset: Dataset, state: State, result: Evaluation, parameters: int
) -> dict[str, Any]:
    kept = state.history[state.best_epoch - 1]
    return {
        "run_id": state.run_id,
        "test_accuracy": result.accuracy,
        "test_images": len(result.labels),
        "validation_accuracy": _measured(kept["val_accuracy"]),
        "train_accuracy": kept["accuracy"],
        "epoch": state.best_epoch,
        "trainable_parameters": parameters,
        "images": {
            "train": len(parts.training_images(settings, dataset).labels),
            "validation": len(dataset.validation.labels),
            "test": len(dataset.test.labels),
        },
        "settings": json.loads(settings.to_json()),
        "per_class": result.per_class(dataset.class_names),
        "confusion": result.confusion.tolist(),
    }


def _log(state: State) -> str:
    """The history as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(state.history[0]), lineterminator="\n")
    writer.writeheader()
    for row in state.history:
        known = {name: "" if math.isnan(value) else value for name, value in row.items()}
        writer.writerow({**known, "epoch": int(row["epoch"])})
    return text.getvalue()
