"""The state of a run after an epoch: enough to continue as if nothing had happened."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs.datasets import archives
from cbcnn_inputs.errors import DataError, OutputError
from cbcnn_inputs.files import write_whole
from cbcnn_inputs.model_files.limits import quote

Arrays = list[NDArray[Any]]

COLUMNS: Final = (
    *("epoch", "learning_rate", "loss", "accuracy", "val_loss", "val_accuracy"),
    *("flips", "clipped", "in_window", "twins", "seconds"),
)
"""What the log has of each epoch; NaN stands for what was not measured."""


@dataclass
class State:
    """A run between two epochs.

    Attributes:
        run_id: names settings and data; no run continues the checkpoint of another one.
        settings: their values by name, to say what another run has changed.
        history: one row for each finished epoch.
        weights: all weights of the model, batch norm statistics included.
        optimizer: all variables of the optimizer.
        best_weights: weights of the epoch that would be kept if the run ended now.
        best_epoch: its number, counted from 1.
    """

    run_id: str
    settings: dict[str, Any] = field(default_factory=dict)
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
    names = ("run_id", "settings", "history", "best_epoch")
    note = {name: getattr(state, name) for name in names}
    arrays = {"note": np.frombuffer(json.dumps(note).encode(), np.uint8)}
    for name in ("weights", "optimizer", "best_weights"):
        for index, array in enumerate(getattr(state, name)):
            arrays[f"{name}_{index:04d}"] = array

    content = io.BytesIO()
    np.savez(content, **arrays)
    write_whole(path, content.getvalue())


def _parse(note: Any) -> State:
    """The state without its arrays; a KeyError, TypeError or ValueError if it is none."""
    run_id, history, best_epoch = note["run_id"], note["history"], note["best_epoch"]
    settings = note["settings"]
    if not isinstance(run_id, str) or not isinstance(history, list):
        raise TypeError("run_id is no text, or history no list")
    if not isinstance(settings, dict):
        raise TypeError("settings are no object")
    rows = [{key: row[key] for key in COLUMNS} for row in history]
    for number, row in enumerate(rows, 1):
        if any(type(value) not in (int, float) for value in row.values()):
            raise TypeError(f"epoch {number} has something else than numbers")
        if row["epoch"] != number:
            raise ValueError(f"epoch {row['epoch']} in place {number}")
    if type(best_epoch) is not int or not 1 <= best_epoch <= len(rows):
        raise ValueError(f"best_epoch {best_epoch!r} of {len(rows)} epochs")
    return State(run_id, settings, rows, best_epoch=best_epoch)


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


def load(path: Path, run_id: str, settings: Mapping[str, Any]) -> State:
    """The state in a checkpoint of the run `run_id`, which has these settings.

    Raises:
        OutputError: it belongs to another run; names the settings that differ.
        DataError: it cannot be read.
    """
    arrays = archives.read(path, required=("note",), most=_size(path))
    try:
        state = _parse(json.loads(arrays["note"].tobytes()))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError(
            f"{path} is not a checkpoint of cbcnn-train",
            found=f"{type(error).__name__}: {error}"[:200],
            allowed="what cbcnn-train wrote, unchanged",
            suggestion="--force to start anew",
        ) from error
    if state.run_id != run_id:
        raise _another_run(path, state.settings, settings)
    for name in ("weights", "optimizer", "best_weights"):
        keys = (key for key in sorted(arrays) if key.startswith(f"{name}_"))
        setattr(state, name, [arrays[key] for key in keys])
    return state


def _another_run(path: Path, stored: Mapping[str, Any], wanted: Mapping[str, Any]) -> OutputError:
    plain: Mapping[str, Any] = json.loads(json.dumps(wanted))
    differ = [name for name in plain if name in stored and stored[name] != plain[name]]
    if not differ:
        return OutputError(
            f"{path} belongs to a run on other data, or with another --start-from or --teacher",
            suggestion="use the data and models of that run, another -o, or --force to start anew",
        )
    return OutputError(
        f"{path} belongs to a run with other settings",
        found="\n".join(f"{name} {quote(stored[name])}" for name in differ),
        allowed="\n".join(f"{name} {quote(plain[name])}" for name in differ),
        suggestion="use the settings of that run, another -o, or --force to start anew",
    )
