"""`architectures.json`, which keeps what was measured; docs/models.md is made of it alone."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from benchmarks.architectures.catalogue import ARCHITECTURES
from benchmarks.architectures.measure import NetworkResult, from_json, to_json
from benchmarks.files import write_entries

RESULTS: Final = Path(__file__).parent / "architectures.json"


def read() -> dict[str, NetworkResult]:
    """Every architecture that was measured, by name."""
    if not RESULTS.exists():
        return {}
    entries = json.loads(RESULTS.read_text(encoding="utf-8"))
    return {entry["name"]: from_json(entry) for entry in entries}


def write(results: Iterable[NetworkResult]) -> None:
    """Write them in the order of the catalogue, one line each."""
    order = [network.name for network in ARCHITECTURES]
    write_entries(RESULTS, map(to_json, sorted(results, key=lambda one: order.index(one.name))))
