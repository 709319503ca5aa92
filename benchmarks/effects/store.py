"""`effects.json`, which keeps what the trials noted; docs/effects.md is made of it alone."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from benchmarks.effects.trials import TRIALS
from benchmarks.files import write_entries

EFFECTS: Final = Path(__file__).parent / "effects.json"


@dataclass(frozen=True)
class Effect:
    """What a trial ended with; accuracies from 0 to 1.

    Attributes:
        command: its arguments, without data, output and other models.
        train_accuracy: of the last epoch, on changed images, while weights still moved.
        seconds: of all its epochs.
    """

    name: str
    command: list[str]
    train_accuracy: float
    validation_accuracy: float
    validation_images: int
    seconds: float


def collect(folder: Path) -> list[Effect]:
    """The outcomes of all trials that are complete in `folder`, beside those stored before."""
    known = read()
    for trial in TRIALS:
        path = folder / trial.name / "metrics.json"
        if path.exists():
            facts = json.loads(path.read_text(encoding="utf-8"))
            known[trial.name] = Effect(
                name=trial.name,
                command=trial.arguments,
                train_accuracy=facts["train_accuracy"],
                validation_accuracy=facts["validation_accuracy"],
                validation_images=facts["images"]["validation"],
                seconds=facts["seconds"],
            )
    return [known[trial.name] for trial in TRIALS if trial.name in known]


def read() -> dict[str, Effect]:
    """Every outcome by the name of its trial."""
    if not EFFECTS.exists():
        return {}
    entries = json.loads(EFFECTS.read_text(encoding="utf-8"))
    return {entry["name"]: Effect(**entry) for entry in entries}


def write(outcomes: Iterable[Effect]) -> None:
    """Write them, one line each."""
    write_entries(EFFECTS, map(asdict, outcomes))
