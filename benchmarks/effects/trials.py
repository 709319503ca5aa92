"""The trials: one base, and what each changes of it.

The network is the small one, whose epoch takes seconds, and three tenths of the training images are
held out, so that an accuracy has a standard error of 0.2 points.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

DATASET: Final = "fashion-mnist"
BASE: Final[Mapping[str, Any]] = {
    "preset": "cbcnn-small",
    "epochs": 10,
    "batch-size": 128,
    "loss": "cross-entropy",
    "label-smoothing": 0.1,
    "schedule": "cosine",
    "warmup-epochs": 1,
    "learning-rate": 0.01,
    "final-learning-rate": 0.00001,
    "norm-momentum": 0.98,
    "mirror": True,
    "selection": "last",
    "reestimate-norms": True,
    "validation-fraction": 0.3,
}


@dataclass(frozen=True)
class Trial:
    """One run.

    Attributes:
        changes: of the base's options, by their names on the command line.
        start_from, teacher: names of trials whose models the run builds on.
    """

    name: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    start_from: str | None = None
    teacher: str | None = None

    @property
    def arguments(self) -> list[str]:
        """The complete command line but for data, output and other models."""
        return to_arguments({**BASE, **self.changes})


TRIALS: Final = (
    Trial("base"),
    Trial("seed-1", {"seed": 1}),
    Trial("teacher", {"binary": False, "learning-rate": 0.003, "label-smoothing": 0.0}),
    Trial("taught", {"distillation": 0.5}, teacher="teacher"),
    Trial("taught-softly", {"distillation": 0.9, "temperature": 2.0}, teacher="teacher"),
    Trial("stage-1", {"binary-kernels": False, "epochs": 5}),
    Trial("stage-2", {"epochs": 5}, start_from="stage-1"),
    Trial("average", {"weight-average": 0.99}),
    Trial("slow", {"learning-rate": 0.003}),
)


def to_arguments(options: Mapping[str, Any]) -> list[str]:
    """Options as words of a command line."""
    words: list[str] = []
    for name, value in options.items():
        if isinstance(value, bool):
            words.append(f"--{name}" if value else f"--no-{name}")
        else:
            words += [f"--{name}", str(value)]
    return words
