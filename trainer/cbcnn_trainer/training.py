"""Trains one network: the loop over epochs, its checkpoints, and the files at the end."""

from __future__ import annotations

import hashlib
import json
import time
from contextlib import nullcontext
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs.datasets import Dataset
from cbcnn_inputs.errors import DataError
from cbcnn_inputs.idle_options import Requirement, refuse_idle
from cbcnn_inputs.rejection import demand_enough
from cbcnn_trainer import buildable, checkpoint, epochs, models, parts
from cbcnn_trainer.checkpoint import State
from cbcnn_trainer.finish import finish
from cbcnn_trainer.keras2 import model_file, precision
from cbcnn_trainer.keras2.distillation import load_teacher
from cbcnn_trainer.keras2.strategy import Strategy
from cbcnn_trainer.origins import Origins
from cbcnn_trainer.outputs import Outputs
from cbcnn_trainer.progress import console
from cbcnn_trainer.settings import Settings


def train(
    settings: Settings,
    dataset: Dataset,
    outputs: Outputs,
    *,
    resume: bool = False,
    force: bool = False,
    origins: Origins | None = None,
    strategy: Strategy | None = None,
) -> dict[str, Any]:
    """Train, keep the selected epoch, test it once, write every output; returns the metrics.

    Args:
        settings: the whole run but its data.
        dataset: what to train, select and test on.
        outputs: where the files go.
        resume: go on from the checkpoint of the same run if there is one.
        force: replace outputs of other runs.
        origins: trained models to begin with and to learn from.
        strategy: TensorFlow's distribution engine to train under, or none.

    Raises:
        OutputError: outputs are in the way or cannot be written, or another run is writing there.
        ModelFileError: a model of `origins` cannot be loaded.
        DataError: the network does not fit the images, there are fewer than asked for, or a model
            of `origins` does not fit the network.
    """
    strategy = strategy or Strategy("none")
    with outputs.held() if strategy.writes else nullcontext():
        outputs.complete()
        return _train(settings, dataset, outputs, origins or Origins(), strategy, resume, force)


def _train(
    settings: Settings,
    dataset: Dataset,
    outputs: Outputs,
    origins: Origins,
    strategy: Strategy,
    resume: bool,
    force: bool,
) -> dict[str, Any]:
    """Train in a folder that no other run writes to; see `train`."""
    run_id = identify(settings, dataset, origins)
    outputs.check_free(run_id, force=force, resume=resume)
    if resume and outputs.finished_run() == run_id and outputs.model.exists():
        console.print(f"{outputs.model} is complete, nothing to do")
        finished: dict[str, Any] = json.loads(outputs.metrics.read_text(encoding="utf-8"))
        return finished
    shape, classes = parts.input_shape(settings, dataset), len(dataset.class_names)
    parts.check_number(settings, dataset)
    if settings.reject:
        demand_enough(len(dataset.validation.labels), settings.reject)
    buildable.check(settings.architecture, shape, classes)
    if settings.convolution == "fused":
        buildable.check_fused(settings.architecture)
    teacher = load_teacher(settings, origins.teacher_files, shape, classes)
    weights = _first_weights(settings, dataset, origins)
    state = State(run_id, settings.values(), weights=weights)
    if resume and outputs.checkpoint.exists():
        state = checkpoint.load(outputs.checkpoint, run_id, state.settings)
        console.print(f"going on after epoch {state.epoch} of {settings.epochs}")
    elif strategy.writes:
        outputs.checkpoint.unlink(missing_ok=True)
    precision.warn_if_slow(settings.precision)
    started = time.monotonic()
    epochs.run(settings, dataset, outputs, state, strategy, teacher)
    if not strategy.writes:
        return {}
    return finish(settings, dataset, outputs, state, origins, time.monotonic() - started)


def identify(settings: Settings, dataset: Dataset, origins: Origins | None = None) -> str:
    """A digest of the settings, of training and validation data, and of the models used."""
    digest = hashlib.sha256(settings.to_json().encode())
    for part in (dataset.train, dataset.validation):
        digest.update(np.ascontiguousarray(part.images).data)
        digest.update(np.ascontiguousarray(part.labels).data)
    if dataset.pictures is not None:
        digest.update("\0".join(dataset.class_names).encode())
    for use, file_digest in (origins or Origins()).digests().items():
        digest.update(f"{use} {file_digest}".encode())
    return digest.hexdigest()


def _first_weights(settings: Settings, dataset: Dataset, origins: Origins) -> list[NDArray[Any]]:
    """The weights of the model to start from, or none."""
    start_from = origins.files.get("start_from")
    if start_from is None:
        return []
    scales = settings.first_layer_scale != 1
    refuse_idle(
        {"--first-layer-scale"} if scales else (),
        [Requirement("--first-layer-scale", False, "new weights, no --start-from")],
    )
    shape, classes = parts.input_shape(settings, dataset), len(dataset.class_names)
    weights: list[NDArray[Any]] = model_file.load(start_from).get_weights()
    found = [array.shape for array in weights]
    allowed = [
        array.shape
        for array in models.build_model(settings.architecture, shape, classes).get_weights()
    ]
    if found != allowed:
        raise DataError(
            f"{start_from.name} is a network of another shape",
            found=f"weights {found}",
            allowed=f"weights {allowed}",
            suggestion="the options that describe its architecture",
        )
    return weights
