"""Lets two folders change places in one system call, where such a call exists.

Linux has it, `renameat2` with `RENAME_EXCHANGE`; Python has no function for it.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Final

from cbcnn_inputs.systems import flush_folder

_AT_FDCWD: Final = -100
_RENAME_EXCHANGE: Final = 2
_MOST_OTHERS: Final = 200
"""Most other files in a folder; each needs a link."""


def is_possible(folder: Path, names: Iterable[str]) -> bool:
    """Whether another folder can take this one's place without anybody losing anything.

    The folder must be an ordinary one of ours that holds only files and is not the current folder,
    and the `names` of the files to write must have no folders in front.
    """
    if _system_call() is None or any("/" in name for name in names):
        return False
    try:
        own, above = folder.stat(), folder.parent.stat()
        if own.st_dev != above.st_dev or own.st_uid != os.geteuid() or os.listxattr(folder):
            return False
        if os.path.samestat(own, Path().stat()):
            return False
        entries = list(os.scandir(folder))
    except OSError:
        return False
    return len(entries) <= _MOST_OTHERS and all(
        entry.is_file(follow_symlinks=False) for entry in entries
    )


def try_exchange(folder: Path, new: Path, others: Iterable[str]) -> bool:
    """Let a folder and a new one change places; False, and nothing changed, if they cannot.

    Args:
        folder: for which `is_possible`.
        new: on the same file system.
        others: files of the folder that stay in it.
    """
    call = _system_call()
    assert call is not None, "is_possible was not asked"
    try:
        for name in others:
            os.link(folder / name, new / name)
        new.chmod(folder.stat().st_mode & 0o7777)
        flush_folder(new)
    except OSError:
        return False  # a file system without links, or without those of other people's files
    if call(_AT_FDCWD, os.fsencode(folder), _AT_FDCWD, os.fsencode(new), _RENAME_EXCHANGE) != 0:
        return False
    flush_folder(folder.parent)
    return True


@cache
def _system_call() -> Any:
    """The function of the C library, or None."""
    try:
        return ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):
        return None
