"""Which networks were measured, picked for a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from benchmarks.networks.catalogue import NETWORKS, Kind, Network
from benchmarks.networks.measure import Measurement

DATASETS: Final = {"gtsrb": "GTSRB", "fashion-mnist": "Fashion-MNIST", "mnist": "MNIST"}
CLOCK_MHZ: Final = 168
NONE: Final = "-"

Results = Mapping[str, Measurement]
Pairs = list[tuple[Network, Measurement]]


def select(
    results: Results, kinds: Sequence[Kind] | None = None, dataset: str | None = None
) -> Pairs:
    """The measured networks of these kinds and this data set, in the order of the catalogue."""
    return [
        (network, results[network.name])
        for network in NETWORKS
        if network.name in results
        and (kinds is None or network.kind in kinds)
        and dataset in (None, network.dataset)
    ]


def titled(network: Network) -> str:
    """Its title, with the data set in front."""
    return f"{DATASETS[network.dataset]}, {network.title}"


def milliseconds(cycles: int) -> float:
    """At the clock of the page."""
    return cycles / CLOCK_MHZ / 1e3


def percent(share: float | None) -> str:
    """As it stands in tables; a run on all images has no validation accuracy."""
    return NONE if share is None else f"{share:.2%}"


def counts(numbers: Iterable[int]) -> list[str]:
    """As they stand in tables."""
    return [f"{number:,}" for number in numbers]
