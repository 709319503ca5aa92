"""What other engines need for the same two networks on a Cortex-M4.

Measured once, by hand, and not repeated by `make bench`: their code is not part of this project.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Peer:
    """One engine; None for what was not noted.

    Attributes:
        instructions: model to instructions of one inference, in millions.
        cycles: estimated, of the GTSRB network, in millions.
        flash, ram: of the GTSRB network, in bytes.
    """

    name: str
    instructions: dict[str, float]
    cycles: float
    flash: int | None
    ram: int | None


PEERS: Final = (
    Peer("CMSIS-NN, int8", {"gtsrb": 90.1, "mnist": 68.4}, 108.6, 604_912, 168_784),
    Peer("3PXNet, dense binary", {"gtsrb": 63.7, "mnist": 48.4}, 77.8, 88_300, 5_960),
    Peer("CBin-NN, repaired", {"gtsrb": 39.0, "mnist": 29.3}, 51.0, 86_380, 21_204),
    Peer(
        "best peer kernel of each layer, summed", {"gtsrb": 36.0, "mnist": 26.5}, 43.0, None, None
    ),
)
