"""The paper's tables 1 to 3, with our measurements in columns of their own."""

from __future__ import annotations

from typing import Final

from benchmarks.networks.catalogue import Kind, Network
from benchmarks.networks.measure import FASTEST, Measurement
from benchmarks.networks.paper import PAPER, Reported
from benchmarks.networks.selection import NONE, Results, counts, milliseconds, select
from benchmarks.tables import table

_HEADS: Final = (
    *("network", "paper: accuracy", "paper: parameters", "test accuracy", "parameters"),
    *("as float32", "packed", "flash", "RAM", "instructions", "ms"),
)
_OURS: Final[tuple[Kind, ...]] = ("cbcnn", "longer", "peer", "real")


def beside_the_paper(dataset: str, results: Results) -> str:
    """Every row of the paper's table, then what we trained and the paper does not have."""
    rows = [
        [row.title, *_reported(row), *_measured(results.get(row.ours) if row.ours else None)]
        for row in PAPER[dataset]
    ]
    shown = {row.ours for row in PAPER[dataset]}
    rows += [
        [_title(network), NONE, NONE, *_measured(found)]
        for network, found in select(results, _OURS, dataset)
        if network.name not in shown
    ]
    return table(_HEADS, rows)


def _title(network: Network) -> str:
    """The longer runs are of the paper's network."""
    return network.title + ("" if network.kind == "longer" else " (not in the paper)")


def _reported(row: Reported) -> list[str]:
    return [f"{row.accuracy:.2%}", f"{row.millions:g} M" if row.millions else NONE]


def _measured(found: Measurement | None) -> list[str]:
    if found is None:
        return [NONE] * 8
    known = [f"{found.test_accuracy:.2%}", *counts((found.parameters, found.parameters * 4))]
    if not found.costs:
        return [*known, *[NONE] * 5]
    cost = found.costs[FASTEST]
    sizes = counts((cost.weights, cost.flash, cost.ram, cost.instructions))
    return [*known, *sizes, f"{milliseconds(cost.cycles):.0f}"]
