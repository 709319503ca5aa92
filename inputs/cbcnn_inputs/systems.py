"""What differs between Linux, macOS and Windows. No other module asks for a system's functions."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


def usable_processors() -> int:
    """Processors that this process may use; where the system does not say, all there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


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
    if fcntl is None or handle is None:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def wait_for_lock(handle: int | None) -> None:
    """Lock an open file or folder, after whoever has; does nothing where there are no locks."""
    if fcntl is not None and handle is not None:
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
