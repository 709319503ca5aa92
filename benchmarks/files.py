"""The two kinds of files that benchmarks write: pages from templates, and results as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined


def fill_template(template: Path, **values: str) -> str:
    """The text of a Jinja template; equal values give equal text."""
    environment = Environment(  # noqa: S701 -- Markdown, and every value is a number of ours
        loader=FileSystemLoader(template.parent),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    return environment.get_template(template.name).render(values)


def write_entries(path: Path, entries: Iterable[Any]) -> None:
    """Write a list as JSON, one entry a line, so that differences can be read."""
    lines = ",\n".join(json.dumps(entry) for entry in entries)
    path.write_bytes(f"[\n{lines}\n]\n".encode())
