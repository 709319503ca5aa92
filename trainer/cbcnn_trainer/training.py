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
from cbcnn_trainer import buildable, checkpoint, epochs, parts
from cbcnn_trainer.backends import LARQ, Backend, open_backend
from cbcnn_trainer.checkpoint import State
from cbcnn_trainer.finish import finish
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
    backend: Backend | None = None,
) -> dict[str, Any]:
    """Train, keep the selected epoch, test it once, write every output; returns the metrics.

    Args:
        settings: the whole run but its data.
        dataset: what to train, select and test on.
        outputs: where the files go.
        resume: go on from the checkpoint of the same run if there is one.
        force: replace outputs of other runs.
        origins: trained models to begin with and to learn from.
        backend: trains; by default the default one.

    Raises:
        OutputError: outputs are in the way or cannot be written, or another run is writing there.
        ModelFileError: a model of `origins` cannot be loaded.
        DataError: the network does not fit the images, there are fewer than asked for, or a model
            of `origins` does not fit the network.
    """
    backend = backend or open_backend()
    with outputs.held() if backend.writes else nullcontext():
        outputs.complete()
        return _train(settings, dataset, outputs, origins or Origins(), backend, resume, force)


def _train(
    settings: Settings,
    dataset: Dataset,
    outputs: Outputs,
    origins: Origins,
    backend: Backend,
    resume: bool,
    force: bool,
) -> dict[str, Any]:
    """Train in a folder that no other run writes to; see `train`."""
    backend.demand_known(settings)
    run_id = identify(settings, dataset, origins, backend.name)
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
    teacher = backend.load_teacher(settings, origins.teacher_files, shape, classes)
    weights = _first_weights(settings, dataset, origins, backend)
    state = State(run_id, {**settings.values(), "backend": backend.name}, weights=weights)
    if resume and outputs.checkpoint.exists():
        state = checkpoint.load(outputs.checkpoint, run_id, state.settings)
        console.print(f"going on after epoch {state.epoch} of {settings.epochs}")
    elif backend.writes:
        outputs.checkpoint.unlink(missing_ok=True)
    started = time.monotonic()
    epochs.run(settings, dataset, outputs, state, backend, teacher)
    if not backend.writes:
        return {}
    return finish(settings, dataset, outputs, state, origins, backend, time.monotonic() - started)


def identify(
    settings: Settings, dataset: Dataset, origins: Origins | None = None, backend: str = LARQ
) -> str:
    """A digest of all that decides the outcome: settings, training and validation data, the models
    used, and what computes.
    """
    digest = hashlib.sha256(settings.to_json().encode())
    if backend != LARQ:
        digest.update(backend.encode())
    for part in (dataset.train, dataset.validation):
        digest.update(np.ascontiguousarray(part.images).data)
        digest.update(np.ascontiguousarray(part.labels).data)
    if dataset.pictures is not None:
        digest.update("\0".join(dataset.class_names).encode())
    for use, file_digest in (origins or Origins()).digests().items():
        digest.update(f"{use} {file_digest}".encode())
    return digest.hexdigest()


def _first_weights(
    settings: Settings, dataset: Dataset, origins: Origins, backend: Backend
) -> list[NDArray[Any]]:
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
    weights: list[NDArray[Any]] = backend.kit.framework.load(start_from).get_weights()
    found = [array.shape for array in weights]
    allowed = [array.shape for array in backend.build(settings, shape, classes).get_weights()]
    if found != allowed:
        raise DataError(
            f"{start_from.name} is a network of another shape",
            found=f"weights {found}",
            allowed=f"weights {allowed}",
            suggestion="the options that describe its architecture",
        )
    return weights
