"""How long jobs say how far they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with what happens, how much of it is done, and how much there is; 0 of 0 when unknown."""


def no_progress(_what: str, _done: int, _total: int) -> None:
    """Says nothing."""
