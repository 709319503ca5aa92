"""Replaces several files of a folder in one step.

A reader, and the next run after a killed one, finds all of the old files or all of the new ones.
The first of these ways that the folder allows is taken:

- A new folder is filled beside its place and gets its name when it is complete.
- A folder that holds only files changes places with a new one, in one system call. Its other files
  are in both folders meanwhile, by hard links.
- In any other folder the new files are first complete in a hidden folder of it. The name `PENDING`,
  which one renaming gives to that, is the decision: from then on they count. They then move to
  their places, headers of C last and old headers away first, so that no compiler finds one that
  does not belong to its source. A run that is killed meanwhile leaves `PENDING` behind, and the
  next one, or whatever reads the folder, moves the rest: `complete`.

The next run removes what a killed run left before its decision.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Final

from cbcnn_inputs import claims, exchange
from cbcnn_inputs.errors import OutputError
from cbcnn_inputs.systems import flush_folder

PENDING: Final = ".cbcnn-pending"
_INSIDE: Final = ".cbcnn-"
_BESIDE: Final = ".cbcnn_"
_PUT, _REMOVE, _NEW, _NAMES = "put", "remove", "new", "names"


def replace_together(
    folder: Path,
    files: Mapping[str, bytes],
    remove: Collection[str] = (),
    *,
    keep_folder: bool = False,
) -> None:
    """Write files to a folder, and remove others of it, all in one step.

    Args:
        folder: is made if it does not exist, with those above it.
        files: content by name; a name may have folders in front, with `/` between.
        remove: names of files that go, if they are there.
        keep_folder: never put another folder in its place, because somebody may look into it.

    Raises:
        OutputError: something cannot be written, or a folder is in the way; nothing has changed.
    """
    complete(folder)
    place = Path(os.path.realpath(folder))
    try:
        _demand_free_places(folder, files)
        made = _make_folders(place.parent)
        try:
            if not _put_beside(place, files, remove, keep_folder=keep_folder):
                _put_inside(place, files, remove)
        except BaseException:
            for parent in made:
                claims.remove_empty(parent)
            raise
    except OSError as error:
        raise OutputError(
            f"the files cannot be written to {folder}",
            found=f"{error.strerror or error}",
            suggestion="choose another folder with -o, or make room",
        ) from error


def complete(folder: Path) -> None:
    """Finish the change that a killed run had decided for this folder.

    Raises:
        OutputError: they cannot be moved.
    """
    pending = folder / PENDING
    try:
        if pending.is_dir():
            with claims.alone(pending) as is_there:
                if is_there:
                    _move(pending, folder)
    except OSError as error:
        raise OutputError(
            f"{folder} holds files of a run that was interrupted, and they cannot be moved",
            found=f"{error.filename or pending}: {error.strerror or error}",
            allowed=f"the files in {pending / _PUT}, at their places in {folder}",
            suggestion="make the folder writable and move what is in the way",
        ) from error


def _demand_free_places(folder: Path, files: Mapping[str, bytes]) -> None:
    """Raise if a folder is in the way of a file, or a file or link in the way of a folder."""
    paths = [folder / name for name in files]
    above = {parent for name in files for parent in _folders_of(name)}
    in_the_way = [path for path in paths if path.is_dir()]
    in_the_way += [
        folder / name
        for name in sorted(above)
        if os.path.lexists(folder / name)
        and ((folder / name).is_symlink() or not (folder / name).is_dir())
    ]
    if in_the_way or (folder.exists() and not folder.is_dir()):
        raise OutputError(
            f"the files cannot be written to {folder}",
            found=f"in the way: {', '.join(str(path) for path in in_the_way) or folder}",
            suggestion="choose another folder with -o, or move it away",
        )


def _make_folders(folder: Path) -> list[Path]:
    """Make the folder and those above it; returns the new ones, the deepest first."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def _fill(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make a folder with these files, and flush all of it to the disk."""
    folder.mkdir()
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        _write(folder / name, content)
    for path in (folder, *folder.rglob("*")):
        if path.is_dir():
            flush_folder(path)


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


# --- beside the folder ----------------------------------------------------------------------------


def _put_beside(
    place: Path, files: Mapping[str, bytes], remove: Collection[str], *, keep_folder: bool
) -> bool:
    """Give the name of the folder to another one that has everything; False if impossible."""
    exists = place.exists()
    prefix = f"{_BESIDE}{hashlib.sha256(os.fsencode(place.name)).hexdigest()[:12]}-"
    for abandoned in claims.abandoned(place.parent, prefix):
        _clear_beside(abandoned, place)
    if exists and (keep_folder or not exchange.is_possible(place, files)):
        return False
    try:
        claim = claims.Claim(place.parent, prefix)
    except OSError:
        if exists:
            return False  # it may still be possible to write into it
        raise
    with claim:
        try:
            return _take_place(claim.folder, place, files, remove)
        finally:
            _clear_beside(claim.folder, place)


def _take_place(
    staged: Path, place: Path, files: Mapping[str, bytes], remove: Collection[str]
) -> bool:
    """Fill a folder and give it the name of `place`, which another one may have."""
    ours = {*files, *remove}
    found = {item.name for item in place.iterdir()} if place.exists() else set()
    others = found - ours
    names = {"ours": sorted(ours), "others": sorted(others)}
    _write(staged / _NAMES, json.dumps(names).encode())
    _fill(staged / _NEW, files)
    if place.exists():
        return exchange.try_exchange(place, staged / _NEW, others)
    try:
        (staged / _NEW).rename(place)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            return False  # another process made it a moment ago
        raise
    flush_folder(place.parent)
    return True


def _clear_beside(staged: Path, place: Path) -> None:
    """Remove what was on its way to `place`, or was there before; lose nothing of others.

    Links to other files of the folder are removed. A file that came while the folders changed
    places goes back. One that was replaced meanwhile stays where it is.
    """
    new = staged / _NEW
    if new.is_dir():
        names = json.loads((staged / _NAMES).read_bytes())
        for path in sorted(new.rglob("*"), reverse=True):
            name, twin = path.relative_to(new).as_posix(), place / path.name
            if path.is_dir():
                claims.remove_empty(path)
            elif name in names["ours"]:
                path.unlink(missing_ok=True)
            elif not os.path.lexists(twin):
                path.unlink() if name in names["others"] else path.rename(twin)
            elif path.samefile(twin):
                path.unlink()
        claims.remove_empty(new)
    if not new.exists():
        (staged / _NAMES).unlink(missing_ok=True)
    claims.remove_empty(staged)


# --- inside the folder ----------------------------------------------------------------------------


def _put_inside(folder: Path, files: Mapping[str, bytes], remove: Collection[str]) -> None:
    for abandoned in claims.abandoned(folder, _INSIDE):
        if abandoned.name != PENDING:
            claims.remove_tree(abandoned)
    with claims.Claim(folder, _INSIDE) as claim:
        try:
            _fill(claim.folder / _PUT, files)
            _fill(claim.folder / _REMOVE, dict.fromkeys(remove, b""))
            _decide(claim.folder, folder)
        finally:
            claims.remove_tree(claim.folder)
    try:
        complete(folder)
    except KeyboardInterrupt:
        complete(folder)
        raise


def _decide(staged: Path, folder: Path) -> None:
    """From here on the new files count."""
    while True:
        try:
            staged.rename(folder / PENDING)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
            complete(folder)  # of another process, which decided a moment ago
        else:
            flush_folder(folder)
            return


def _move(pending: Path, folder: Path) -> None:
    """Move everything to its place; a part of it may be there already."""
    put, remove = pending / _PUT, pending / _REMOVE
    names = sorted(_files(put), key=lambda name: name.suffix == ".h")
    for name in names:
        if name.suffix == ".h":
            (folder / name).unlink(missing_ok=True)
    for name in _files(remove):
        (folder / name).unlink(missing_ok=True)
        for inner in _folders_of(name):
            claims.remove_empty(folder / inner)
        (remove / name).unlink()
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (put / name).replace(folder / name)
    for inner in sorted({inner for name in names for inner in _folders_of(name)}):
        flush_folder(folder / inner)
    flush_folder(folder)
    for path in sorted(pending.rglob("*"), reverse=True):
        claims.remove_empty(path)
    claims.remove_empty(pending)


def _folders_of(name: str | Path) -> list[Path]:
    """The folders in front of a name, the deepest first."""
    return list(Path(name).parents)[:-1]


def _files(folder: Path) -> Iterator[Path]:
    """Names of the files in the folder and below."""
    for path in sorted(folder.rglob("*")):
        if not path.is_dir():
            yield path.relative_to(folder)
