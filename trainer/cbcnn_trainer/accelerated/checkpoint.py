"""The state of a training on an accelerator after an epoch, in one file, whole or not at all."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs.errors import DataError
from cbcnn_inputs.files import write_whole
from cbcnn_trainer.accelerated.job import DATA, JUDGE, RECIPE, START, TEACHER
from cbcnn_trainer.accelerated.network import Variables

Row = dict[str, float]


@dataclass
class TrainingState:
    """What is done so far.

    Attributes:
        weights: after the last epoch, as arrays of NumPy.
        kept: trained and measured arrays of the epoch that would be kept now.
        kept_epoch: its number, counted from 1.
        history: one row for each epoch.
    """

    weights: Variables
    kept: tuple[list[Any], list[Any]] = field(default_factory=lambda: ([], []))
    kept_epoch: int = 0
    history: list[Row] = field(default_factory=list)


def identify(folder: Path, seed: int) -> str:
    """A digest of a job and a seed: no training goes on from the state of another."""
    digest = hashlib.sha256(str(seed).encode())
    for name in (DATA, RECIPE, START, JUDGE, TEACHER):
        path = folder / name
        digest.update(path.read_bytes() if path.exists() else b"")
    return digest.hexdigest()


def save(path: Path, identity: str, progress: TrainingState) -> None:
    """Replace the file at `path`, at once or not at all."""
    note = {
        "identity": identity,
        "history": progress.history,
        "kept_epoch": progress.kept_epoch,
    }
    arrays: dict[str, NDArray[Any]] = {"note": np.frombuffer(json.dumps(note).encode(), np.uint8)}
    groups = {**progress.weights._asdict(), "step": [progress.weights.step]}
    groups |= {"kept_trained": progress.kept[0], "kept_measured": progress.kept[1]}
    for name, values in groups.items():
        arrays |= {f"{name}/{index}": np.asarray(value) for index, value in enumerate(values)}
    content = io.BytesIO()
    np.savez(content, **arrays)
    write_whole(path, content.getvalue())


def load(path: Path, identity: str) -> TrainingState | None:
    """What `save` wrote; None where there is no such file.

    Raises:
        DataError: it cannot be read, or is of another training.
    """
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as arrays:
            note = json.loads(arrays["note"].tobytes())
            groups: dict[str, list[Any]] = {}
            for key in arrays.files:
                name, _, index = key.partition("/")
                if index:
                    groups.setdefault(name, []).append(arrays[key])
        step = groups.pop("step")[0]
        names = (name for name in Variables._fields if name != "step")
        weights = Variables(**{name: groups.get(name, []) for name in names}, step=step)
        kept = (groups.get("kept_trained", []), groups.get("kept_measured", []))
        found = TrainingState(weights, kept, note["kept_epoch"], note["history"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{path} cannot be read", found=f"{type(error).__name__}: {error}"[:200]
        ) from error
    if note["identity"] != identity:
        raise DataError(
            f"{path} is the state of another training",
            found="other data, another recipe or another network",
            suggestion="remove it, or prepare into another folder",
        )
    return found
