"""How much a hostile test tries, and the count of it that `make hostile` and CI print at the end.

`CBCNN_HOSTILE=10` asks for ten times CI's amount. A test marks itself `hostile`, takes its amount
from `amount` and notes what it tried:

    @pytest.mark.hostile
    def test_no_damaged_model_escapes(tried: Tried) -> None:
        for seed in range(amount(500)):
            ...
        tried("hostile models", amount(500))
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

VARIABLE: Final = "CBCNN_HOSTILE"
PROPERTY: Final = "tried"
ATTACKS: Final = ("hostile models", "data files", "frames", "kills", "random Larq models")
"""Rows of the README's table of attacks."""
BESIDE_LARQ: Final = (
    *("random Larq graphs", "their signs", "signs that differ", "knife edges"),
    *("their classes", "classes that differ"),
)
"""Counts of networks with branches and floats beside live Larq."""
KINDS: Final = (*ATTACKS, *BESIDE_LARQ)

Tried = Callable[[str, int], None]


def amount(in_ci: int) -> int:
    """How many to try, where CI tries `in_ci`."""
    return in_ci * int(os.environ.get(VARIABLE, "1"))


def count(properties: Iterable[tuple[str, object]]) -> Counter[str]:
    """What tests noted, by kind; `properties` are those of their reports."""
    total: Counter[str] = Counter()
    for name, value in properties:
        if name == PROPERTY and isinstance(value, list | tuple):
            kind, number = value
            total[str(kind)] += int(number)
    return total
