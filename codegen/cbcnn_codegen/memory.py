"""How much memory a model may take."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from cbcnn_codegen.errors import DoesNotFitError, UsageError

_UNITS: Final = {"": 1, "K": 1024, "M": 1024 * 1024}
_AMOUNT: Final = re.compile(r"(flash|ram)=([0-9]{1,12})([KM]?)")


@dataclass(frozen=True)
class Budget:
    """Bytes that are there; None for no limit."""

    flash_bytes: int | None = None
    ram_bytes: int | None = None


def parse_budget(text: str) -> Budget:
    """Read `flash=128K,ram=20K`; either part may be missing, K is 1024 bytes and M 1024 K.

    Raises:
        UsageError: anything else.
    """
    amounts: dict[str, int] = {}
    for part in text.split(","):
        match = _AMOUNT.fullmatch(part.strip())
        if match is None or match[1] in amounts:
            raise UsageError(
                "--fits cannot be read",
                found=repr(text[:80]),
                allowed="flash=BYTES,ram=BYTES or one of them; K is 1024 bytes, M is 1024 K",
            )
        amounts[match[1]] = int(match[2]) * _UNITS[match[3]]
    return Budget(amounts.get("flash"), amounts.get("ram"))


def demand_fit(budget: Budget, flash_bytes: int, ram_bytes: int) -> None:
    """Raise unless the model fits.

    Raises:
        DoesNotFitError: with what is needed and what there is.
    """
    needs = (("flash", flash_bytes, budget.flash_bytes), ("RAM", ram_bytes, budget.ram_bytes))
    lacking = [need for need in needs if need[2] is not None and need[1] > need[2]]
    if not lacking:
        return
    raise DoesNotFitError(
        f"the model does not fit: {' and '.join(name for name, _, _ in lacking)}",
        found=", ".join(f"{need:,} bytes of {name}" for name, need, _ in needs),
        allowed=", ".join(
            f"{limit:,} bytes of {name}" for name, _, limit in needs if limit is not None
        ),
        suggestion="fewer filters or units, another pooling, or a larger chip",
    )
