"""Notices that a cluster of Ray is gone, which Ray itself may wait for without an end."""

from __future__ import annotations

import _thread
import socket
import threading
from types import TracebackType
from typing import Final

_SECONDS: Final = 2.0
_MISSES: Final = 4
"""Connections in a row that fail before a cluster counts as gone."""


class ClusterWatch:
    """Interrupts the main thread, in a `with` block, once the head of a cluster is gone.

    Args:
        address: host and port of the head.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.is_lost = False
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> ClusterWatch:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()

    def _watch(self) -> None:
        misses = 0
        while not self._done.wait(_SECONDS):
            misses = 0 if self._answers() else misses + 1
            if misses == _MISSES:
                self.is_lost = True
                _thread.interrupt_main()
                return

    def _answers(self) -> bool:
        host, _, port = self.address.rpartition(":")
        try:
            with socket.create_connection((host, int(port)), timeout=_SECONDS):
                return True
        except OSError:
            return False
