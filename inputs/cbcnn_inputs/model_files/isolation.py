"""Runs a function in which native code may hang or crash, and survives it.

The function runs in a forked process, which shares everything with this one at no cost, with limits
on processor time and memory. On systems without fork and limits it runs here.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import time
import warnings
from collections.abc import Callable
from typing import Final

from cbcnn_inputs.systems import can_isolate, limit_this_process

PROCESSOR_SECONDS: Final = 3
"""Limit for a small file. Reading the largest supported network takes a tenth of it."""

BYTES_PER_SECOND: Final = 1 << 25
"""Larger files get one more second for each of these bytes."""

WAIT_SECONDS: Final = 120.0
MEMORY_BYTES: Final = 1 << 31
"""Limit on top of what the process has when it starts."""


class Crashed(Exception):  # noqa: N818 - it says what happened
    """The function did not end; the text says why."""


def run_isolated(work: Callable[[], bytes], size: int) -> bytes:
    """The result of `work`.

    Args:
        work: must not raise; what it prints is lost.
        size: of its input in bytes, for the time limit.

    Raises:
        Crashed: it ran out of time or memory, or took its process down.
    """
    if not can_isolate():
        return work()
    seconds = PROCESSOR_SECONDS + size // BYTES_PER_SECOND
    source, sink = os.pipe()
    with warnings.catch_warnings():
        # Python 3.12 warns of threads, which NumPy has; the child only computes and writes.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        _run_child(work, sink, seconds)
    os.close(sink)
    raw: bytes | None = None
    try:
        raw = _receive(source)
    finally:
        os.close(source)
        if raw is None:
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    if raw and os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0:
        return raw
    if os.WIFSIGNALED(status):
        if os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL):
            raise Crashed(f"reading it did not end within {seconds} seconds")
        raise Crashed(f"reading it ended by {signal.Signals(os.WTERMSIG(status)).name}")
    raise Crashed("reading it takes too much memory")


def _receive(source: int) -> bytes | None:
    """All bytes until the other end closes; None if that takes too long."""
    deadline = time.monotonic() + WAIT_SECONDS
    parts: list[bytes] = []
    while True:
        ready, _, _ = select.select([source], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return None
        part = os.read(source, 1 << 20)
        if not part:
            return b"".join(parts)
        parts.append(part)


def _run_child(work: Callable[[], bytes], sink: int, seconds: int) -> None:
    """Never returns; flushes no buffers and runs no exit handlers of the parent."""
    status = 1
    try:
        # A collection would touch, and so copy, every object of the parent, and run the destructors
        # of libraries whose threads are not here.
        gc.disable()
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        limit_this_process(seconds, MEMORY_BYTES)
        with os.fdopen(sink, "wb") as pipe:
            pipe.write(work())
        status = 0
    finally:
        os._exit(status)
