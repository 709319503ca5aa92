"""What differs between Linux, macOS and Windows. No other module asks for a system's functions."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from cbcnn_inputs.errors import MissingToolError


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


fcntl: Any = _module("fcntl")
"""Locks; None on Windows, like the next two."""
resource: Any = _module("resource")
termios: Any = _module("termios")
msvcrt: Any = _module("msvcrt")
"""Locks of Windows; None elsewhere."""

WINDOWS: bool = os.name == "nt"

_LOCKED_BYTE: Final = 1 << 30
"""Place of the byte that is locked on Windows, where nobody can read what is locked: behind all
that a file of ours holds."""


def usable_processors() -> int:
    """Processors that this process may use; where the system does not say, all there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


# --- folders and locks ----------------------------------------------------------------------------


def open_folder(folder: Path) -> int | None:
    """A handle to lock or flush a folder by; None on Windows, where folders cannot be opened.

    Raises:
        FileNotFoundError: there is none.
    """
    try:
        return os.open(folder, os.O_RDONLY)
    except PermissionError:
        if fcntl is None and folder.is_dir():
            return None
        raise


def close_folder(handle: int | None) -> None:
    """Close what `open_folder` gave."""
    if handle is not None:
        os.close(handle)


def flush_folder(folder: Path) -> None:
    """Flush the names in a folder to the disk; Windows does so by itself."""
    handle = open_folder(folder)
    try:
        if handle is not None:
            os.fsync(handle)
    finally:
        close_folder(handle)


def try_lock(handle: int | None) -> bool | None:
    """Lock an open file or folder; False if another process has, None if there are no locks."""
    if handle is None:
        return None
    try:
        if fcntl is not None:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        elif msvcrt is not None:
            _lock_byte(handle)
        else:
            return None
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return None
    return True


def _lock_byte(handle: int) -> None:
    place = os.lseek(handle, 0, os.SEEK_CUR)
    os.lseek(handle, _LOCKED_BYTE, os.SEEK_SET)
    try:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    finally:
        os.lseek(handle, place, os.SEEK_SET)


def wait_for_lock(handle: int | None) -> None:
    """Lock an open folder, after whoever has; does nothing where there are no locks of folders."""
    if fcntl is not None and handle is not None:
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)


def remove_locked(handle: int, path: Path) -> None:
    """Remove a locked file and close it, in this order: nobody else can lock it in between.

    Windows removes no file that is open. It is closed first there, and stays if somebody has opened
    it by then.
    """
    try:
        path.unlink(missing_ok=True)
    except PermissionError:
        os.close(handle)
        with contextlib.suppress(PermissionError):
            path.unlink(missing_ok=True)
    else:
        os.close(handle)


# --- processes ------------------------------------------------------------------------------------


def can_isolate() -> bool:
    """Whether a process can be forked and limited."""
    return hasattr(os, "fork") and resource is not None


def limit_this_process(seconds: int, memory_bytes: int) -> None:
    """Limit processor time and, on Linux, memory on top of what this process has; for good."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _lower(resource.RLIMIT_CPU, seconds)
    statm = Path("/proc/self/statm")
    if sys.platform == "linux" and statm.exists():
        pages = int(statm.read_text(encoding="ascii").split()[0])
        _lower(resource.RLIMIT_AS, pages * resource.getpagesize() + memory_bytes)


def _lower(kind: int, limit: int) -> None:
    _, hard = resource.getrlimit(kind)
    soft = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(kind, (soft, hard))


def inherited(descriptors: Sequence[int]) -> dict[str, Any]:
    """Options for `subprocess.Popen`: the program inherits these descriptors.

    Raises:
        MissingToolError: on Windows, where no program inherits sockets.
    """
    if WINDOWS:
        raise MissingToolError(
            "emulated boards do not run on Windows",
            found="no program inherits sockets there",
            allowed="Linux and macOS, the Windows Subsystem for Linux among them",
            suggestion="a board on a serial port: --port COM4; or WSL",
        )
    return {"pass_fds": tuple(descriptors)}


# --- programs and libraries -----------------------------------------------------------------------


class SharedLibrary(NamedTuple):
    """How a library that is loaded while a program runs is built.

    Attributes:
        suffix: of its file.
        flags: for compilers like GCC.
    """

    suffix: str
    flags: tuple[str, ...]


def shared_library() -> SharedLibrary:
    """That of this system; what it does not define comes from whoever loads it."""
    if WINDOWS:
        return SharedLibrary(".dll", ("-shared",))
    if sys.platform == "darwin":
        return SharedLibrary(".dylib", ("-dynamiclib", "-fPIC", "-undefined", "dynamic_lookup"))
    return SharedLibrary(".so", ("-shared", "-fPIC"))


def program_file(stem: str) -> str:
    """The file of a program: compilers for Windows add an extension."""
    return f"{stem}.exe" if WINDOWS else stem
