"""Trains one network from several seeds, and tells mean and spread of what they reach."""

from __future__ import annotations

import dataclasses
import json
import statistics
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from cbcnn_inputs.errors import UsageError
from cbcnn_inputs.files import write_whole
from cbcnn_trainer.outputs import Outputs
from cbcnn_trainer.progress import console
from cbcnn_trainer.settings import Settings

SUMMARY: Final = "seeds.json"
_ACCURACIES: Final = ("validation_accuracy", "test_accuracy")

Train = Callable[[Settings, Outputs], dict[str, Any]]
"""Trains one run and gives its metrics."""


def runs(chosen: Settings, count: int, outputs: Outputs) -> Iterator[tuple[Settings, Outputs]]:
    """The settings and outputs of `count` runs: the seed and those that follow it, each in a folder
    of its own, `seed-N`.

    Raises:
        UsageError: the outputs are a model's file and not a folder.
    """
    if not outputs.is_folder:
        raise UsageError(
            "several seeds make several models",
            found=f"-o {outputs.model.name}",
            allowed="-o with a folder",
        )
    folder, model = outputs.model.parent, outputs.model
    for seed in range(chosen.seed, chosen.seed + count):
        place = Outputs.at(folder / f"seed-{seed}", model.suffix[1:])
        yield dataclasses.replace(chosen, seed=seed), place


def train_all(chosen: Settings, count: int, outputs: Outputs, train: Train) -> dict[str, Any]:
    """Train from `count` seeds, print and write mean and spread; returns what is written.

    The spread is the standard deviation of a sample, with `count - 1`; None for one seed. A worker
    that writes nothing, of a training on several machines, has no metrics: nothing is told there.
    """
    made = []
    for settings, place in runs(chosen, count, outputs):
        console.print(f"seed {settings.seed}: {place.model.parent}")
        metrics = train(settings, place)
        if metrics:
            made.append({"seed": settings.seed, **_kept(metrics)})
    if not made:
        return {}
    summary: dict[str, Any] = {"runs": made}
    for name in _ACCURACIES:
        values = [run[name] for run in made if name in run]
        if not values:
            continue
        spread = statistics.stdev(values) if count > 1 else None
        summary[name] = {"mean": statistics.fmean(values), "spread": spread}
    write_whole(outputs.model.parent / SUMMARY, (json.dumps(summary, indent=1) + "\n").encode())
    _tell(summary, outputs.model.parent)
    return summary


def _kept(metrics: dict[str, Any]) -> dict[str, float]:
    return {name: metrics[name] for name in _ACCURACIES if metrics[name] is not None}


def _tell(summary: dict[str, Any], folder: Path) -> None:
    for run in summary["runs"]:
        figures = "  ".join(
            f"{name.split('_')[0]} {run[name]:.2%}" for name in _ACCURACIES if name in run
        )
        console.print(f"seed {run['seed']}  {figures}")
    for name in (name for name in _ACCURACIES if name in summary):
        mean, spread = summary[name]["mean"], summary[name]["spread"]
        more = "" if spread is None else f" ± {100 * spread:.2f} points"
        console.print(f"{name.replace('_', ' ')}  {mean:.2%}{more}")
    console.print(f"{folder / SUMMARY}")
