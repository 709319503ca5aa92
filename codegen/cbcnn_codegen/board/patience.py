"""How long a board is waited for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Patience:
    """Seconds that are waited.

    Attributes:
        answer: for an answer, before the request is repeated.
        compute: for an answer that needs the network; a board at work then says that it is busy.
        notice: for an answer behind a sign that the request or the answer was damaged.
        busy: before a busy board is asked again.
        work: for a board that says it is busy.
        silence: that tells that nothing more comes.
        start: for a board to come up again.
    """

    answer: float = 1.0
    compute: float = 5.0
    notice: float = 0.2
    busy: float = 0.1
    work: float = 120.0
    silence: float = 0.05
    start: float = 10.0
