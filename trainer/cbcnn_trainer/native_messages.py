"""What native code prints while it starts, which no log level reaches yet."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def without_native_messages() -> Iterator[None]:
    """Keep off standard error what TensorFlow's C++ code prints while it starts.

    It reports processor features and missing GPUs there before its log level can be set.
    """
    sys.stderr.flush()
    saved = os.dup(2)
    with Path(os.devnull).open("w") as sink:
        os.dup2(sink.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
