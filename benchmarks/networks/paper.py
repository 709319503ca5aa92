"""What Qi et al. (2023) report: tables 1 to 3 and the abstract."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Reported:
    """A row of the paper; parameters in millions, None where it gives none."""

    title: str
    accuracy: float
    millions: float | None


PAPER: Final[dict[str, tuple[Reported, ...]]] = {
    "gtsrb": (Reported("CBCNN, paper", 0.9294, 0.59),),
    "fashion-mnist": (
        Reported("CBCNN, paper", 0.9286, 0.48),
        Reported("NeuPDE, real-valued, in the paper's table", 0.9240, 0.4),
    ),
    "mnist": (
        Reported("CBCNN, paper", 0.9932, 0.48),
        Reported("BNN, Theano, in the paper's table", 0.9904, None),
        Reported("BNN, Torch7, in the paper's table", 0.9860, None),
    ),
}
