"""Folders that a test needs to be in a certain state."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

KERNEL_FOLDER = Path("/sys/kernel")
"""Nobody makes files here, root neither."""


@contextmanager
def forbidden_folder(empty: Path) -> Iterator[Path]:
    """A folder that this user must not write to: `empty`, or for root one of the kernel's own."""
    if os.geteuid() == 0:
        yield KERNEL_FOLDER
        return
    empty.chmod(0o500)
    try:
        yield empty
    finally:
        empty.chmod(0o700)
