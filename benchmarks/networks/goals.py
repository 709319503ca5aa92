"""The accuracies to reach, and the network that comes nearest by its validation accuracy."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import mean
from typing import Final

from benchmarks.networks.catalogue import NETWORKS, Network
from benchmarks.networks.curve import curve
from benchmarks.networks.measure import Measurement
from benchmarks.networks.selection import DATASETS, NONE, Results, select
from benchmarks.networks.spread import repeats
from benchmarks.tables import table

_TITLES: Final = {network.name: network.title for network in NETWORKS}


@dataclass(frozen=True)
class AccuracyGoal:
    """An accuracy on the test set, from 0 to 1.

    Attributes:
        limit: in words, what the network may be or take.
        paper: what the paper reports for it, None where it has none.
        must, aim: the accuracy that is demanded, and the one to go for.
        flash, ram: most bytes in mode `size` on a Cortex-M4; None for the paper's network.
        seeds_of: the network of whose recipe the mean over all seeds counts; None for one run.
    """

    dataset: str
    limit: str
    paper: float | None
    must: float
    aim: float
    flash: int | None = None
    ram: int | None = None
    seeds_of: str | None = None


GOALS: Final = (
    AccuracyGoal("fashion-mnist", "the paper's network", 0.9286, 0.929, 0.932),
    AccuracyGoal("gtsrb", "the paper's network", 0.9294, 0.965, 0.975),
    AccuracyGoal(
        "mnist", "the paper's network, mean of seeds", 0.9932, 0.9942, 0.995, seeds_of="mnist-all"
    ),
    AccuracyGoal(
        "mnist", "flash up to 11.0 KB, RAM up to 2 KB", None, 0.993, 0.9955, 11_000, 2_000
    ),
    AccuracyGoal("gtsrb", "flash up to 20 KB", None, 0.91, 0.94, 20_000),
    AccuracyGoal("fashion-mnist", "flash up to 17 KB", None, 0.91, 0.92, 17_000),
)


@dataclass(frozen=True)
class Reached:
    """The network that stands for a goal."""

    title: str
    accuracy: float


def reached(goal: AccuracyGoal, results: Results) -> Reached | None:
    """The best network of those allowed, by validation accuracy; None if none was measured.

    A model that ships and was trained on all images has no validation accuracy; it stands for its
    goal, because its recipe was chosen before.
    """
    if goal.seeds_of is not None:
        found = repeats(results, goal.seeds_of)
        title = f"{_TITLES[goal.seeds_of]}, {len(found)} seeds"
        return Reached(title, mean(run.test_accuracy for run in found)) if found else None
    if goal.flash is None:
        size = results[goal.dataset].parameters
        runs = [
            (_rank(network, run), Reached(network.title, run.test_accuracy))
            for network, run in select(results, ("cbcnn", "longer", "base"), goal.dataset)
            if run.parameters == size and run.costs
        ]
    else:
        runs = [
            (point.validation, Reached(f"{point.title} ({point.flash:,} bytes)", point.accuracy))
            for point in curve(goal.dataset, results)
            if point.validation is not None
            and point.flash is not None
            and point.ram is not None
            and point.flash <= goal.flash
            and (goal.ram is None or point.ram <= goal.ram)
        ]
    return max(runs, key=lambda run: run[0])[1] if runs else None


def _rank(network: Network, run: Measurement) -> float:
    """Of two networks, the one with the higher rank stands for the goal."""
    if run.validation_accuracy is None:
        return 1 if network.shipped else 0
    return run.validation_accuracy


def goals_table(results: Results) -> str:
    """Every goal beside the network that stands for it."""
    heads = ["data set", "limit", "network", "paper", "must", "go for", "test accuracy", "met"]
    return table(heads, (_row(goal, results) for goal in GOALS), text_columns=3)


def _row(goal: AccuracyGoal, results: Results) -> list[str]:
    found = reached(goal, results)
    title, accuracy, met = NONE, NONE, "**no**"
    if found is not None:
        title, accuracy = found.title, f"{found.accuracy:.2%}"
        if found.accuracy >= goal.must:
            met = "yes, both" if found.accuracy >= goal.aim else "yes"
    return [
        DATASETS[goal.dataset],
        goal.limit,
        title,
        NONE if goal.paper is None else f"{goal.paper:.2%}",
        f"{goal.must:.2%}",
        f"{goal.aim:.2%}",
        accuracy,
        met,
    ]
