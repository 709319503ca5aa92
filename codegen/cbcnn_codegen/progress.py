"""Long jobs tell how far they are: a bar on a terminal, nothing elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Progress(Protocol):
    """A function that is told how far a job is."""

    def __call__(self, what: str, done: int = 0, total: int = 0, /) -> None:
        """Tell what happens, how much of it is done, and how much there is; 0 if unknown."""


def no_progress(_what: str, _done: int = 0, _total: int = 0, /) -> None:
    """Tell nothing."""


@contextmanager
def show_progress() -> Iterator[Progress]:
    """A bar on standard error where that is a terminal."""
    if not sys.stderr.isatty():
        yield no_progress
        return
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("", total=None)

        def report(what: str, done: int = 0, total: int = 0, /) -> None:
            bars.update(task, description=what, completed=done, total=total or None)

        yield report
