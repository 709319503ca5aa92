"""Runs a job in pieces, and writes the model that it ends in."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import jax
import numpy as np
from jax import numpy as jnp

from cbcnn_inputs.errors import MissingToolError
from cbcnn_inputs.files import write_whole
from cbcnn_inputs.model_files import ModelFile
from cbcnn_trainer.accelerated import checkpoint, network
from cbcnn_trainer.accelerated.checkpoint import TrainingState
from cbcnn_trainer.accelerated.job import JUDGE, START, TEACHER, load_job
from cbcnn_trainer.accelerated.loop import Loop, Networks
from cbcnn_trainer.keras3 import model_file
from cbcnn_trainer.keras3.backend import keras
from cbcnn_trainer.keras3.rebuild import rebuild

Tell = Callable[[str], None]

_NORM_BATCH: Final = 1000


def run(
    folder: Path,
    models: Mapping[str, ModelFile],
    seed: int,
    *,
    seconds: float | None,
    epochs: int | None,
    tell: Tell,
) -> bool:
    """Train a job, or go on with it; whether its last epoch is done.

    `model-SEED.h5` then holds the network with its metadata, of the epoch that the recipe keeps.

    Args:
        folder: of the job; `state-SEED.npz` in it holds each finished epoch.
        models: of the job, as `open_models` has read them.
        seed: of the order and the changes of images.
        seconds: begin no epoch after so many.
        epochs: end after so many epochs, counted from the start of this piece.
        tell: receives a line for each epoch.

    Raises:
        DataError: no job, or a state of another one.
        MissingToolError: Keras computes with another backend than JAX.
    """
    if keras.backend.backend() != "jax":
        raise MissingToolError(
            "this loop is one of JAX",
            found=f"the backend {keras.backend.backend()}",
            suggestion="export KERAS_BACKEND=jax",
        )
    begun = time.monotonic()
    jax.config.update("jax_compilation_cache_dir", str((folder / "compiled").resolve()))
    job = load_job(folder)
    loop = Loop(job, _networks(models))
    state, identity = folder / f"state-{seed}.npz", checkpoint.identify(folder, seed)
    progress = checkpoint.load(state, identity) or TrainingState(
        network.initial(loop.networks.model, averaged=job.recipe.weight_average > 0)
    )
    done = 0
    total = len(job.rates)
    while len(progress.history) < total:
        if done == epochs or (seconds is not None and time.monotonic() - begun > seconds):
            return False
        _train_epoch(loop, progress, seed)
        checkpoint.save(state, identity, progress)
        row = progress.history[-1]
        tell(
            f"seed {seed}, epoch {len(progress.history)} of {total}: loss {row['loss']:.4f}, "
            f"accuracy {row['accuracy']:.4f}, validation {row['val_accuracy']:.4f}, "
            f"{row['seconds']:.2f} s"
        )
        done += 1
    if not (folder / f"model-{seed}.h5").exists():
        accuracy = _write_model(loop, progress, folder / f"model-{seed}.h5")
        tell(f"seed {seed}: epoch {progress.kept_epoch} kept, validation {accuracy:.4f}")
    return True


def _networks(models: Mapping[str, ModelFile]) -> Networks:
    found = {name: rebuild(file) for name, file in models.items()}
    return Networks(found[START], found[JUDGE], found.get(TEACHER))


def _train_epoch(loop: Loop, progress: TrainingState, seed: int) -> None:
    """Do the next epoch, and judge it."""
    epoch, begun = len(progress.history), time.monotonic()
    given = jax.tree.map(jnp.asarray, progress.weights)
    weights, (loss, accuracy) = loop.run_epoch(given, epoch, seed)
    seconds = time.monotonic() - begun
    val_loss, val_accuracy = loop.validate(weights)
    row = {
        "epoch": epoch + 1,
        "learning_rate": float(loop.job.rates[epoch, 0]),
        "loss": loss,
        "accuracy": accuracy,
        "val_loss": val_loss,
        "val_accuracy": val_accuracy,
        "seconds": seconds,
    }
    better = all(_rank(row) > _rank(past) for past in progress.history)
    progress.weights = jax.tree.map(np.asarray, weights)
    progress.history.append(row)
    if loop.job.recipe.selection == "last" or better:
        progress.kept = (progress.weights.trained, progress.weights.measured)
        progress.kept_epoch = epoch + 1


def _rank(row: dict[str, float]) -> tuple[float, float]:
    """Higher for a better epoch, as in `epochs`."""
    return row["val_accuracy"], -row["val_loss"]


def _write_model(loop: Loop, progress: TrainingState, path: Path) -> float:
    """Write the kept epoch's network; its validation accuracy."""
    job, judge = loop.job, loop.networks.judge
    trained, measured = ([jnp.asarray(value) for value in part] for part in progress.kept)
    weights = progress.weights._replace(trained=trained, measured=measured)
    if job.recipe.reestimate_norms:
        order = np.random.default_rng(0).permutation(len(job.planes))
        parts = max(1, len(order) // _NORM_BATCH)
        batches = np.array_split(order, parts)
        weights = network.reestimate(judge, weights, jnp.asarray(job.planes), batches)
    _, accuracy = loop.validate(weights)
    network.put_into(judge, weights)
    write_whole(path, model_file.to_bytes(judge, ".h5", job.recipe.metadata))
    return accuracy
