"""This system without what Windows does not have, and with what Windows does in its own way."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cbcnn_inputs import exchange, systems

WINDOWS_LACKS = ("sched_getaffinity", "fork", "geteuid", "listxattr")
NO_MODULES = ("fcntl", "resource", "termios")


def pretend_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away functions and modules; folders cannot be opened, open files not removed."""
    for name in WINDOWS_LACKS:
        monkeypatch.delattr(os, name)
    for name in NO_MODULES:
        monkeypatch.setattr(systems, name, None)
    monkeypatch.setattr(systems, "WINDOWS", True)
    monkeypatch.setattr(systems, "msvcrt", SimpleNamespace(locking=lock_bytes, LK_NBLCK=2))
    monkeypatch.setattr(exchange, "_system_call", lambda: None)
    monkeypatch.setattr(shutil, "_use_fd_functions", False)
    open_file, unlink, start = os.open, Path.unlink, subprocess.Popen.__init__

    def open_no_folder(path: Any, *arguments: Any, **options: Any) -> int:
        if Path(path).is_dir():
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return open_file(path, *arguments, **options)

    def unlink_closed(path: Path, **options: Any) -> None:
        if path.exists() and any(os.path.samestat(path.stat(), one) for one in open_files()):
            raise PermissionError(errno.EACCES, "The process cannot access the file", str(path))
        unlink(path, **options)

    def start_without(process: Any, *arguments: Any, **options: Any) -> None:
        if options.get("pass_fds") or options.get("preexec_fn"):
            raise ValueError("not supported on Windows platforms")
        start(process, *arguments, **options)

    monkeypatch.setattr(os, "open", open_no_folder)
    monkeypatch.setattr(Path, "unlink", unlink_closed)
    monkeypatch.setattr(subprocess.Popen, "__init__", start_without)


def open_files() -> Iterator[os.stat_result]:
    """Of this process."""
    for link in Path("/proc/self/fd").iterdir():
        try:
            yield os.fstat(int(link.name))
        except OSError:
            continue  # the handle of the listing itself


def lock_bytes(handle: int, mode: int, count: int) -> None:
    """As `msvcrt.locking` with LK_NBLCK: bytes from the handle's place on, or an error."""
    assert (mode, count) == (2, 1)
    assert os.lseek(handle, 0, os.SEEK_CUR) > os.fstat(handle).st_size, "nobody could read it"
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise PermissionError(errno.EACCES, "Permission denied") from error
