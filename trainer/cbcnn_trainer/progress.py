"""Progress on standard error: a bar for the running epoch, a line for each finished one."""

from __future__ import annotations

import math
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

console = Console(stderr=True, highlight=False, soft_wrap=True)


class EpochProgress:
    """A bar over the batches of an epoch; silent where standard error is not a terminal.

    Args:
        epochs: number of them.
        batches: in each.
        lines: whether a line tells the result of each.
    """

    def __init__(self, epochs: int, batches: int, *, lines: bool = True) -> None:
        self._epochs = epochs
        self._lines = lines
        self._batches = batches
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("", total=batches, note="")

    def __enter__(self) -> EpochProgress:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def start(self, epoch: int) -> None:
        """Begin an epoch, counted from 1."""
        title = f"epoch {epoch}/{self._epochs}"
        self._bar.reset(self._task, total=self._batches, description=title, note="")

    def advance(self, batch: int, loss: float, accuracy: float) -> None:
        """Show that `batch` batches of this epoch are done."""
        note = f"loss {loss:.4f}  accuracy {accuracy:.4f}"
        self._bar.update(self._task, completed=batch, note=note)

    def finish(self, row: dict[str, float]) -> None:
        """Print the result of an epoch."""
        if not self._lines:
            return
        validation = ""
        if not math.isnan(row["val_loss"]):
            validation = (
                f"  validation loss {row['val_loss']:.4f}  accuracy {row['val_accuracy']:.4f}"
            )
        console.print(
            f"epoch {row['epoch']:.0f}/{self._epochs}"
            f"  loss {row['loss']:.4f}  accuracy {row['accuracy']:.4f}{validation}"
            f"  {row['seconds']:.0f} s"
        )
