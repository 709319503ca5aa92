"""`results.json`, which keeps what was measured; docs/results.md is made of it alone."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from benchmarks.files import write_entries
from benchmarks.networks.catalogue import NETWORKS
from benchmarks.networks.measure import Measurement, from_json, to_json

RESULTS: Final = Path(__file__).parent / "results.json"


def read() -> dict[str, Measurement]:
    """Every network that was measured, by name."""
    if not RESULTS.exists():
        return {}
    return {
        entry["name"]: from_json(entry) for entry in json.loads(RESULTS.read_text(encoding="utf-8"))
    }


def write(results: Iterable[Measurement]) -> None:
    """Write them in the order of the catalogue, one line each."""
    order = [network.name for network in NETWORKS]
    entries = sorted(results, key=lambda result: order.index(result.name))
    write_entries(RESULTS, map(to_json, entries))
