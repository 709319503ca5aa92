"""Temporary files and folders that show whether the process that made them is still alive.

A killed process removes nothing. A process that makes a temporary name holds a system lock on it,
and the lock ends with the process: a name without a lock was left behind. On file systems without
such locks nothing counts as left behind.
"""

from __future__ import annotations

import contextlib
import errno
import os
import platform
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final

from cbcnn_inputs.systems import (
    close_folder,
    open_folder,
    remove_locked,
    try_lock,
    wait_for_lock,
)

_TEXT_BYTES: Final = 200
"""Bytes of the longest text about the holder of a lock."""


class Claim:
    """A new temporary folder of this process, in a `with` block; its user removes it.

    Args:
        parent: folder to make it in.
        prefix: of its name.
    """

    def __init__(self, parent: Path, prefix: str) -> None:
        while True:
            self.folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
            # Another process may take it for abandoned before it is locked.
            with contextlib.suppress(FileNotFoundError):
                self._handle = open_folder(self.folder)
                if try_lock(self._handle) is not False and self.folder.exists():
                    return
                close_folder(self._handle)

    def __enter__(self) -> Claim:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        close_folder(self._handle)


def abandoned(parent: Path, prefix: str) -> Iterator[Path]:
    """Files and folders with such names that nobody holds; each is locked while it is out."""
    for path in sorted(parent.glob(f"{_escape(prefix)}*")):
        with contextlib.ExitStack() as stack:
            try:
                handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
            except OSError:
                continue  # gone, or somebody else's
            stack.callback(os.close, handle)
            if try_lock(handle):
                yield path


@contextlib.contextmanager
def hold(path: Path) -> Iterator[str | None]:
    """Hold a lock that only one process can have, and that ends with the process in any case.

    Args:
        path: of a file that exists while the lock is held. A file that a killed process left
            behind locks nothing.

    Yields:
        None while this process holds it; else a text that says who does.
    """
    while True:
        with contextlib.ExitStack() as closing:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
            closing.callback(os.close, handle)
            if try_lock(handle) is False:
                yield os.read(handle, _TEXT_BYTES).decode(errors="replace") or "another process"
                return
            if not _is_at(handle, path):
                continue  # whoever held it has removed it a moment ago
            closing.pop_all()
            closing.callback(remove_locked, handle, path)
            os.truncate(handle, 0)
            os.write(handle, f"process {os.getpid()} on {platform.node()}".encode())
            yield None
            return


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[bool]:
    """Wait until no other process uses this folder in a block; False if it is gone by then."""
    try:
        handle = open_folder(folder)
    except FileNotFoundError:
        yield False
        return
    try:
        wait_for_lock(handle)
        yield folder.is_dir() if handle is None else _is_at(handle, folder)
    finally:
        close_folder(handle)


def remove_tree(folder: Path) -> None:
    """Remove a folder of ours with its content, as far as possible."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            remove_empty(path)
        else:
            path.unlink(missing_ok=True)
    remove_empty(folder)


def remove_empty(folder: Path) -> None:
    """Remove a folder unless it is gone or something is in it."""
    try:
        folder.rmdir()
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.ENOTEMPTY, errno.EEXIST):
            raise


def _is_at(handle: int, path: Path) -> bool:
    """Whether an open file or folder still has its name."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _escape(prefix: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in prefix)
