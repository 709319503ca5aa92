"""Reads files that a user names: only regular ones, and never more than asked for.

A folder may hold a named pipe, from which no read returns, a link to an endless device, or a file
of terabytes that takes no room on its disk.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO, Final, Protocol

_PIECE_BYTES: Final = 1 << 20

TEXT_BYTES: Final = 16 << 20
"""Bytes of the largest readable text: tables of labels, reports, settings."""

_KINDS: Final = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)


class Readable(Protocol):
    """A file, or what stands in for one."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end, or if none are asked for."""


def open_regular(path: Path) -> BinaryIO:
    """A regular file, or what a link names if that is one, open for reading; it never blocks.

    Raises:
        OSError: it cannot be opened, or is something else; `strerror` says what.
    """
    if "\0" in str(path):
        raise OSError(errno.EINVAL, "a name with a null character", repr(str(path)))
    _demand_regular(path, path.stat().st_mode)
    # Between the look and the opening the name may have got another meaning.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        _demand_regular(path, os.fstat(handle).st_mode)
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def read_bytes(path: Path, most: int) -> bytes:
    """A regular file's content.

    Args:
        path: of the file.
        most: bytes that it may have.

    Raises:
        OSError: it cannot be read, is no regular file, or is longer; `strerror` says what.
    """
    with open_regular(path) as file:
        content = read_most(file, most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"longer than {most:,} bytes", str(path))
    return bytes(content)


def read_most(file: Readable, most: int) -> bytearray:
    """So many bytes, or fewer at the end; takes memory only for bytes that come."""
    content = bytearray()
    while piece := file.read(min(_PIECE_BYTES, most - len(content))):
        content += piece
    return content


def read_text(path: Path) -> str:
    """A regular file of UTF-8 text, of at most `TEXT_BYTES`, without a byte order mark.

    Raises:
        OSError: as `read_bytes`.
        UnicodeDecodeError: it is not UTF-8.
    """
    return read_bytes(path, TEXT_BYTES).decode("utf-8-sig")


def _demand_regular(path: Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        kind = next((name for is_kind, name in _KINDS if is_kind(mode)), "something else")
        raise OSError(errno.EINVAL, f"{kind}, not a regular file", str(path))
