"""The facts of the page at the moment, for the thread that asks the board and those that answer."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Final

_SEEN_SECONDS: Final = 2.0
"""An open page asks several times in these."""


@dataclass
class WatchState:
    """What the page shows.

    Attributes:
        board: and model, fixed facts of the page's head.
        images: that were compared so far.
        mismatched: those of them whose scores or class are not Python's.
        current: the last image and its answer.
        heard: when the board last answered, by the monotonic clock.
        ended: why nothing more comes; None while something does.
    """

    board: dict[str, Any]
    images: int = 0
    mismatched: int = 0
    current: dict[str, Any] | None = None
    ended: str | None = None
    heard: float = field(default_factory=time.monotonic)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _end_seen: threading.Event = field(default_factory=threading.Event)

    def add(self, current: dict[str, Any], *, differs: bool) -> None:
        """One more image."""
        with self._lock:
            self.images += 1
            self.mismatched += differs
            self.heard = time.monotonic()
            self.current = {"number": self.images, **current}

    def end(self, reason: str) -> None:
        """Say that nothing more comes, and wait a little until an open page knows it."""
        with self._lock:
            self.ended = reason
        self._end_seen.wait(_SEEN_SECONDS)

    def to_json(self) -> bytes:
        """The answer to a page that asks."""
        with self._lock:
            if self.ended is not None:
                self._end_seen.set()
            content = {
                "board": self.board,
                "images": self.images,
                "mismatched": self.mismatched,
                "current": self.current,
                "ended": self.ended,
                "silent_seconds": round(time.monotonic() - self.heard, 1),
            }
            return json.dumps(content).encode()
