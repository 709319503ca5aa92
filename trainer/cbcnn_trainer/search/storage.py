"""The file that keeps Optuna's studies; one process uses it at a time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import optuna

from cbcnn_inputs.errors import OutputError


def open_storage(path: Path) -> Any:
    """Optuna's storage in a file, which is made if it is not there.

    Nobody else uses the file, so a lock beside it is that of a killed process, and Optuna would
    wait for it. What such a process did not finish writing is cut off.

    Raises:
        OutputError: it holds something else.
    """
    Path(f"{path}.lock").unlink(missing_ok=True)
    _mend(path)
    backend = optuna.storages.journal.JournalFileBackend(str(path))
    try:
        for line in path.read_bytes().splitlines():
            json.loads(line)
        return optuna.storages.JournalStorage(backend)
    except (ValueError, KeyError, TypeError, AttributeError, AssertionError) as error:
        raise OutputError(
            f"{path} cannot be read",
            found=f"{type(error).__name__}: {error}"[:200],
            allowed="what cbcnn-search wrote, unchanged",
            suggestion="--force to start anew",
        ) from error


def _mend(path: Path) -> None:
    """Cut off a last line without its end."""
    if not path.exists():
        return
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        path.write_bytes(whole)
