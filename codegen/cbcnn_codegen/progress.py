"""Shows the progress of long jobs: a bar on a terminal, nothing elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Progress(Protocol):
    """A function that receives the progress of a job."""

    def __call__(self, what: str, done: int = 0, total: int = 0, /) -> None:
        """Receive what happens, the part that is done, and the whole; 0 if unknown."""


def no_progress(_what: str, _done: int = 0, _total: int = 0, /) -> None:
    """Show nothing."""


@contextmanager
def show_progress() -> Iterator[Progress]:
    """A bar on standard error if that is a terminal."""
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
