"""Run programs so that none outlives an interrupted command."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple


class Finished(NamedTuple):
    """How a program ended; a negative code is a signal."""

    code: int
    output: bytes
    messages: str


class Processes:
    """The programs that are running, started from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._stopped = False

    def run(
        self,
        command: Sequence[str | Path],
        *,
        seconds: float,
        data: bytes = b"",
        folder: Path | None = None,
    ) -> Finished:
        """Run a program to its end, with `data` as its standard input.

        Raises:
            subprocess.TimeoutExpired: it took longer than `seconds`, and was killed.
            KeyboardInterrupt: `stop` was called.
        """
        process = self._start(command, folder)
        try:
            output, messages = process.communicate(data, timeout=seconds)
        finally:
            self._end(process)
        if self._stopped:
            raise KeyboardInterrupt
        return Finished(process.returncode, output, messages.decode(errors="replace"))

    def stop(self) -> None:
        """Kill whatever runs, and let nothing start any more."""
        with self._lock:
            self._stopped = True
            for process in self._running:
                process.kill()

    def _start(self, command: Sequence[str | Path], folder: Path | None) -> subprocess.Popen[bytes]:
        pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        with self._lock:
            if self._stopped:
                raise KeyboardInterrupt
            process = subprocess.Popen(command, cwd=folder, **pipes)
            self._running.add(process)
        return process

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        with self._lock:
            self._running.discard(process)
        if process.poll() is None:
            process.kill()
            process.communicate()
