"""Generated files to a folder: all of them or none, and no foreign file is lost."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cbcnn_codegen.emit.report import GENERATOR, REPORT
from cbcnn_codegen.errors import OutputError


def write_project(directory: Path, files: Mapping[str, str], *, force: bool = False) -> None:
    """Write all files, or leave everything as it was.

    They are written to a temporary folder inside `directory` and moved to their places when the
    last one is complete. Files that are replaced are put back if a move fails or is interrupted;
    folders that were made are removed. What an earlier run with the same name wrote and this one
    does not, split weights say, is removed unless it was edited; other files stay.

    Args:
        directory: made if it does not exist.
        files: name to text.
        force: also replace files that the tool did not write, or that were edited since.

    Raises:
        OutputError: a file is in the way, or something cannot be written.
    """
    try:
        _demand_no_folders(directory, files)
        if not force:
            _demand_own_files(directory, files)
        made = _make_folders(directory)
        try:
            _replace_files(directory, files, _find_stale(directory, files))
        except BaseException:
            for folder in made:
                folder.rmdir()
            raise
    except OSError as error:
        raise OutputError(
            f"the generated files cannot be written to {directory}",
            found=f"{error.strerror or error}",
            suggestion="choose another folder with -o, or make room",
        ) from error


def _demand_no_folders(directory: Path, files: Mapping[str, str]) -> None:
    """Raise if a folder is in the way of a file; `force` does not stand for all that is in it."""
    folders = [name for name in files if (directory / name).is_dir()]
    if folders:
        raise OutputError(
            f"a folder is in the way of a file in {directory}",
            found=", ".join(folders),
            suggestion="choose another folder with -o, or another --name",
        )


def _demand_own_files(directory: Path, files: Mapping[str, str]) -> None:
    """Raise if a file would be lost that is not as the tool wrote it, by the report beside it."""
    known = _known_hashes(directory / REPORT)
    foreign = [
        name
        for name in files
        if os.path.lexists(directory / name) and not _is_own(directory / name, known)
    ]
    if foreign:
        raise OutputError(
            f"{directory} holds files that cbcnn did not write or that were edited since",
            found=", ".join(foreign),
            allowed=f"a new folder, or files as {REPORT} lists them",
            suggestion="another folder, or --force to overwrite them",
        )


def _find_stale(directory: Path, files: Mapping[str, str]) -> list[str]:
    """Files that belong to an earlier version of the same code, unedited."""
    known = _known_hashes(directory / REPORT) or {}
    if f"{json.loads(files[REPORT])['name']}.c" not in known:
        return []
    old = (name for name in known if name not in files and name == os.path.basename(name))
    return [name for name in old if _is_own(directory / name, known)]


def _is_own(path: Path, known: Mapping[str, str] | None) -> bool:
    if known is None or not path.is_file() or path.is_symlink():
        return False
    if path.name == REPORT:
        return True
    return hashlib.sha256(path.read_bytes()).hexdigest() == known.get(path.name)


def _known_hashes(report: Path) -> dict[str, str] | None:
    """File name to hash from an earlier report; None when there is none."""
    try:
        content: Any = json.loads(report.read_text(encoding="utf-8"))
        if content["generator"] != GENERATOR:
            return None
        return {entry["name"]: entry["sha256"] for entry in content["files"]}
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _make_folders(directory: Path) -> list[Path]:
    """Make the folder and those above it; returns the new ones, the deepest first."""
    missing = [folder for folder in (directory, *directory.parents) if not folder.exists()]
    directory.mkdir(parents=True, exist_ok=True)
    return missing


def _replace_files(directory: Path, files: Mapping[str, str], stale: Sequence[str]) -> None:
    staging = Path(tempfile.mkdtemp(prefix=".cbcnn-", dir=directory))
    try:
        fresh, old = staging / "new", staging / "old"
        fresh.mkdir()
        old.mkdir()
        for name, text in files.items():
            with open(fresh / name, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        _move_files(directory, list(files), stale, fresh, old)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _move_files(
    directory: Path, names: Sequence[str], stale: Sequence[str], fresh: Path, old: Path
) -> None:
    """Move new files into place, and the old ones back if that does not come to its end."""
    try:
        for name in names:
            if os.path.lexists(directory / name):
                os.replace(directory / name, old / name)
            os.replace(fresh / name, directory / name)
        for name in stale:
            os.replace(directory / name, old / name)
    except BaseException:
        for name in (*names, *stale):
            if os.path.lexists(old / name):
                os.replace(old / name, directory / name)
            elif name in names and not (fresh / name).exists():
                (directory / name).unlink(missing_ok=True)
        raise
