"""Accuracy against flash, of one data set: our networks and those of others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from benchmarks.networks.catalogue import ROOT, Kind, Network
from benchmarks.networks.measure import FASTEST, SMALLEST, Cost, Measurement
from benchmarks.networks.peers import PEERS
from benchmarks.networks.quantized import Form
from benchmarks.networks.selection import NONE, Results, counts, milliseconds, select
from benchmarks.tables import table

Series = Literal["signs", "floats", "integers", "elsewhere"]

NUMBERS: Final[dict[Series, str]] = {
    "signs": "signs",
    "floats": "float32",
    "integers": "int8",
    "elsewhere": "others",
}
"""What stands between the binary layers, as tables and pictures call it."""

_CHAINS: Final[tuple[Kind, ...]] = ("curve", "small", "cbcnn", "longer")
KIB: Final = 1024


@dataclass(frozen=True)
class Mark:
    """One network in one form.

    Attributes:
        accuracy, validation: from 0 to 1; None where others do not tell.
        kilobytes: of flash, 1,024 bytes each; for others, of weights or the model's file alone.
        flash, weights, ram, instructions: in mode `size` on a Cortex-M4; None for others.
        fastest: the costs in mode `speed`; None where they were not measured.
        elsewhere: what others say of their costs.
    """

    series: Series
    title: str
    accuracy: float
    validation: float | None
    kilobytes: float
    weights: int | None = None
    flash: int | None = None
    ram: int | None = None
    instructions: int | None = None
    fastest: Cost | None = None
    elsewhere: str | None = None


def picture(dataset: str) -> Path:
    """Where the picture of a data set lies."""
    return ROOT / "docs" / "images" / f"accuracy-flash-{dataset}.svg"


def curve(dataset: str, results: Results) -> list[Mark]:
    """All points of a data set, series after series, smallest first in each."""
    points = list(_points(dataset, results))
    order = list(NUMBERS)
    return sorted(points, key=lambda point: (order.index(point.series), point.kilobytes))


def _points(dataset: str, results: Results) -> Iterator[Mark]:
    for network, found in select(results, (*_CHAINS, "shortcuts"), dataset):
        if found.costs and (network.kind in _CHAINS or found.beside is not None):
            yield _trained(network, found)
        if found.beside is not None:
            right = found.beside.integers.right / found.beside.images
            yield _quantized(network, found, found.beside.integers, right)
    for peer in PEERS[dataset]:
        yield Mark(
            "elsewhere", peer.title, peer.accuracy, None, peer.kilobytes, elsewhere=peer.cost
        )


def _trained(network: Network, found: Measurement) -> Mark:
    small = found.costs[SMALLEST]
    return Mark(
        "signs" if found.beside is None else "floats",
        network.title,
        found.test_accuracy,
        found.validation_accuracy,
        small.flash / KIB,
        small.weights,
        small.flash,
        small.ram,
        small.instructions,
        found.costs[FASTEST],
    )


def _quantized(network: Network, found: Measurement, form: Form, right: float) -> Mark:
    small = form.smallest
    return Mark(
        "integers",
        network.title,
        right,
        found.validation_accuracy,
        small.flash / KIB,
        small.weights,
        small.flash,
        small.ram,
        small.instructions,
    )


def points_table(points: list[Mark]) -> str:
    """One row for each point, numbered as in the picture."""
    heads = [
        *("", "network", "numbers", "test accuracy", "weights", "flash", "RAM", "instructions"),
        *("flash, speed", "RAM, speed", "instructions, speed", "ms, speed"),
    ]
    rows = (_row(number, point) for number, point in enumerate(points, 1))
    return table(heads, rows, text_columns=3)


def _row(number: int, point: Mark) -> list[str]:
    named = [str(number), point.title, NUMBERS[point.series], f"{point.accuracy:.2%}"]
    if point.flash is None:
        size = f"{point.kilobytes:.1f} KB"
        return [*named, size, NONE, NONE, point.elsewhere or NONE, *[NONE] * 4]
    sizes = (point.weights, point.flash, point.ram, point.instructions)
    cells = [NONE if size is None else f"{size:,}" for size in sizes]
    if point.fastest is None:
        return [*named, *cells, *[NONE] * 4]
    fast = point.fastest
    quick = counts((fast.flash, fast.ram, fast.instructions))
    return [*named, *cells, *quick, f"{milliseconds(fast.cycles):.1f}"]
