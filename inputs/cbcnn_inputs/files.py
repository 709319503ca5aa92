"""Writes files whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Final

from cbcnn_inputs import claims
from cbcnn_inputs.errors import OutputError

_MARK: Final = ".cbcnn-"


def write_whole(path: Path, content: bytes) -> None:
    """Write a temporary file near `path`, then rename it into place.

    A reader, or a run after a crash, sees the old file or the complete new one. The next run
    removes what a killed run left. The caller makes the content first: libraries report a full disk
    in ways that look like a defect, and some report it again when they are cleaned up.

    Raises:
        OutputError: the folder cannot be written or is full.
    """
    prefix = f".{path.name}{_MARK}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for abandoned in claims.abandoned(path.parent, prefix):
            claims.remove_tree(abandoned)
        with claims.Claim(path.parent, prefix) as claim:
            temporary = claim.folder / "new"
            try:
                with temporary.open("xb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                temporary.replace(path)
            finally:
                claims.remove_tree(claim.folder)
    except OSError as error:
        raise _cannot_write(path, error) from error


def check_writable(folder: Path) -> None:
    """Make the folder if needed and write to it once, before a run spends hours on a result.

    Raises:
        OutputError: that fails.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"writable")
    except OSError as error:
        raise _cannot_write(folder, error) from error


def _cannot_write(path: Path, error: OSError) -> OutputError:
    return OutputError(
        f"{path} cannot be written",
        found=str(error),
        suggestion="choose another place with -o, or make room there",
    )
