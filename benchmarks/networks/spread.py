"""Runs of one recipe with several seeds: their mean, and how far they lie apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import mean, stdev

from benchmarks.networks.catalogue import NETWORKS
from benchmarks.networks.measure import Measurement
from benchmarks.networks.selection import NONE, Results, titled
from benchmarks.tables import table


def repeats(results: Results, name: str) -> list[Measurement]:
    """The runs of a network's recipe that were measured, its own first."""
    return [
        results[network.name]
        for network in NETWORKS
        if network.name in results and name in (network.name, network.repeats)
    ]


def mean_and_spread(values: Sequence[float | None]) -> str:
    """Mean and standard deviation of at least two shares, in percent; "-" if one is not known.

    The deviation is that of a sample: of the seeds that were not run too.
    """
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return NONE
    return f"{100 * mean(known):.2f} ± {100 * stdev(known):.2f} %"


def spread_table(results: Results) -> str:
    """Every network whose recipe ran with at least two seeds."""
    heads = ["network", "seeds", "validation accuracy", "test accuracy", "lowest", "highest"]
    return table(heads, _rows(results))


def _rows(results: Results) -> Iterator[list[str]]:
    for network in NETWORKS:
        found = repeats(results, network.name)
        if network.repeats is None and len(found) > 1:
            tests = [run.test_accuracy for run in found]
            yield [
                titled(network),
                str(len(found)),
                mean_and_spread([run.validation_accuracy for run in found]),
                mean_and_spread(tests),
                f"{min(tests):.2%}",
                f"{max(tests):.2%}",
            ]
