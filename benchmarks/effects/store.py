"""`effects.json`, which keeps what the runs noted; docs/effects.md is made of it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from benchmarks.effects.trials import RUNS
from benchmarks.files import write_entries

EFFECTS: Final = Path(__file__).parent / "effects.json"


@dataclass(frozen=True)
class Effect:
    """What a run ended with; the accuracy from 0 to 1.

    Attributes:
        command: its arguments, without data, output and other models.
        epochs: of the run itself.
        seconds: of all its epochs.
    """

    name: str
    command: list[str]
    epochs: int
    validation_accuracy: float
    validation_images: int
    seconds: float


def collect(folder: Path) -> list[Effect]:
    """The outcomes of all runs that are complete in `folder`, beside those stored before."""
    known = read()
    for run in RUNS:
        path = folder / run.name / "metrics.json"
        if path.exists():
            facts = json.loads(path.read_text(encoding="utf-8"))
            known[run.name] = Effect(
                name=run.name,
                command=run.arguments,
                epochs=facts["settings"]["epochs"],
                validation_accuracy=facts["validation_accuracy"],
                validation_images=facts["images"]["validation"],
                seconds=facts["seconds"],
            )
    return [known[run.name] for run in RUNS if run.name in known]


def read() -> dict[str, Effect]:
    """Every outcome by the name of its run."""
    if not EFFECTS.exists():
        return {}
    entries = json.loads(EFFECTS.read_text(encoding="utf-8"))
    return {entry["name"]: Effect(**entry) for entry in entries}


def write(outcomes: Iterable[Effect]) -> None:
    """Write them, one line each."""
    write_entries(EFFECTS, map(asdict, outcomes))
