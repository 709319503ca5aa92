"""The state of a run after an epoch: enough to continue as if nothing had happened."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs.datasets import archives
from cbcnn_inputs.errors import DataError, OutputError
from cbcnn_inputs.files import write_whole

Arrays = list[NDArray[Any]]

COLUMNS: Final = (
    *("epoch", "learning_rate", "loss", "accuracy", "val_loss", "val_accuracy", "seconds"),
)
"""What the log has of each epoch."""


@dataclass
class State:
    """A run between two epochs.

    Attributes:
        run_id: names settings and data; no run continues the checkpoint of another one.
        history: one row for each finished epoch.
        weights: all weights of the model, batch norm statistics included.
        optimizer: all variables of the optimizer.
        best_weights: weights of the epoch that would be kept if the run ended now.
        best_epoch: its number, counted from 1.
    """

    run_id: str
    history: list[dict[str, float]] = field(default_factory=list)
    weights: Arrays = field(default_factory=list)
    optimizer: Arrays = field(default_factory=list)
    best_weights: Arrays = field(default_factory=list)
    best_epoch: int = 0

    @property
    def epoch(self) -> int:
        """Number of finished epochs."""
        return len(self.history)


def save(path: Path, state: State) -> None:
    """Replace the checkpoint at `path` by this state, at once or not at all."""
    note = {"run_id": state.run_id, "history": state.history, "best_epoch": state.best_epoch}
    arrays = {"note": np.frombuffer(json.dumps(note).encode(), np.uint8)}
    for name in ("weights", "optimizer", "best_weights"):
        for index, array in enumerate(getattr(state, name)):
            arrays[f"{name}_{index:04d}"] = array

    content = io.BytesIO()
    np.savez(content, **arrays)
    write_whole(path, content.getvalue())


def _parse(note: Any) -> tuple[str, list[dict[str, float]], int]:
    """The run's id, its history and its best epoch; a KeyError, TypeError or ValueError if not."""
    run_id, history, best_epoch = note["run_id"], note["history"], note["best_epoch"]
    if not isinstance(run_id, str) or not isinstance(history, list):
        raise TypeError("run_id is no text, or history no list")
    rows = [{key: row[key] for key in COLUMNS} for row in history]
    for number, row in enumerate(rows, 1):
        if any(type(value) not in (int, float) for value in row.values()):
            raise TypeError(f"epoch {number} has something else than numbers")
        if row["epoch"] != number:
            raise ValueError(f"epoch {row['epoch']} in place {number}")
    if type(best_epoch) is not int or not 1 <= best_epoch <= len(rows):
        raise ValueError(f"best_epoch {best_epoch!r} of {len(rows)} epochs")
    return run_id, rows, best_epoch


def demand_shapes(path: Path, found: Arrays, expected: Arrays, what: str) -> None:
    """Raise unless a checkpoint holds arrays of the shapes that the model has.

    Raises:
        DataError: with the first that differs.
    """
    shapes = [array.shape for array in found]
    wanted = [array.shape for array in expected]
    if shapes != wanted or any(array.dtype.kind not in "fiu" for array in found):
        raise DataError(
            f"{path} does not hold the {what} of this model",
            found=f"{len(shapes)} arrays of shapes {shapes}"[:200],
            allowed=f"{len(wanted)} arrays of shapes {wanted}"[:200],
            suggestion="--force to start anew",
        )


def _size(path: Path) -> int:
    """Bytes of the file: `save` packs nothing, so its arrays have no more."""
    try:
        return path.stat().st_size
    except OSError as error:
        raise DataError(f"{path} cannot be read", found=error.strerror) from error


def load(path: Path, run_id: str) -> State:
    """The state in a checkpoint of the run `run_id`.

    Raises:
        OutputError: it belongs to another run.
        DataError: it cannot be read.
    """
    arrays = archives.read(path, required=("note",), most=_size(path))
    try:
        found, history, best_epoch = _parse(json.loads(arrays["note"].tobytes()))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError(
            f"{path} is not a checkpoint of cbcnn-train",
            found=f"{type(error).__name__}: {error}"[:200],
            allowed="what cbcnn-train wrote, unchanged",
            suggestion="--force to start anew",
        ) from error
    if found != run_id:
        raise OutputError(
            f"{path} belongs to a run with other settings or other data",
            found=f"run {str(found)[:12]}",
            allowed=f"run {run_id[:12]}, which these settings describe",
            suggestion="use the settings of that run, another -o, or --force to start anew",
        )
    groups = {
        name: [arrays[key] for key in sorted(arrays) if key.startswith(f"{name}_")]
        for name in ("weights", "optimizer", "best_weights")
    }
    return State(found, history, best_epoch=best_epoch, **groups)
