"""The files that keep what was measured; `results.md` is made of them alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks import counts
from benchmarks.cases import FOLDER
from benchmarks.counts import Figures
from benchmarks.host import HostTiming
from benchmarks.scaling import Point

FIGURES: Final = FOLDER / "figures.json"
HOST: Final = FOLDER / "host.json"


@dataclass(frozen=True)
class Counts:
    """What is exact and repeatable.

    Attributes:
        digests: model to SHA-256 of its file.
    """

    digests: dict[str, str]
    figures: tuple[Figures, ...]
    scaling: tuple[Point, ...]


def write_counts(
    digests: dict[str, str], figures: Sequence[Figures], points: Sequence[Point]
) -> None:
    """Write `figures.json`."""
    value = {
        "models": digests,
        "figures": [counts.to_json(entry) for entry in figures],
        "scaling": [asdict(point) for point in points],
    }
    _write(FIGURES, value)


def read_counts() -> Counts:
    """Read `figures.json`."""
    value = json.loads(FIGURES.read_text(encoding="utf-8"))
    return Counts(
        digests=value["models"],
        figures=tuple(counts.from_json(entry) for entry in value["figures"]),
        scaling=tuple(Point(**entry) for entry in value["scaling"]),
    )


def write_host(timing: HostTiming) -> None:
    """Write `host.json`."""
    _write(HOST, asdict(timing))


def read_host() -> HostTiming:
    """Read `host.json`."""
    value = json.loads(HOST.read_text(encoding="utf-8"))
    value |= {key: tuple(value[key]) for key in ("code", "tensorflow")}
    return HostTiming(**value)


def _write(path: Path, value: dict[str, Any]) -> None:
    """One line for each key, and for each entry of a list of objects: differences can be read."""
    lines = ",\n".join(f"{json.dumps(key)}: {_print(item)}" for key, item in value.items())
    path.write_bytes(f"{{\n{lines}\n}}\n".encode())


def _print(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(f"  {json.dumps(entry)}" for entry in value) + "\n]"
    return json.dumps(value)
