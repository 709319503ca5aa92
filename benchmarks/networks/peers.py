"""Small networks that others publish for the same data sets.

Their own words, measured by them; nothing of theirs was run here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Published:
    """One network of others.

    Attributes:
        accuracy: on the test set, from 0 to 1.
        kilobytes: of weights or of the model's file; the code that runs it comes on top.
        cost: of one inference, and on what.
        source: where that is written.
    """

    title: str
    accuracy: float
    kilobytes: float
    cost: str
    source: str


_BITNETMCU: Final = (
    "https://github.com/cpldcpu/BitNetMCU/blob/"
    "2f6a4b36a1474c1447c7f88532f271f62dfce415/docs/documentation_cnn.md"
)
_AYKONET: Final = "https://repository.tudelft.nl/record/uuid:bd487dcd-bb2d-4a5b-a62e-81b31ca0819d"


def _bitnetmcu(width: int, accuracy: float, bits: int, cycles: int) -> Published:
    return Published(
        f"BitNetMCU, {width} wide",
        accuracy,
        bits / 8 / 1024,
        f"{cycles:,} cycles, CH32V002",
        _BITNETMCU,
    )


PEERS: Final[dict[str, tuple[Published, ...]]] = {
    "gtsrb": (
        Published("AykoNet-Lite", 0.9460, 36.80, "55 ms, Raspberry Pi Pico", _AYKONET),
        Published("AykoNet-Pro", 0.9590, 80.18, "87 ms, Raspberry Pi Pico", _AYKONET),
    ),
    "fashion-mnist": (),
    "mnist": (
        _bitnetmcu(16, 0.9906, 42_880, 785_123),
        _bitnetmcu(32, 0.9928, 58_624, 1_434_667),
        _bitnetmcu(48, 0.9944, 74_368, 2_083_568),
        _bitnetmcu(64, 0.9955, 90_112, 2_736_250),
    ),
}
"""By data set, smallest first."""
