"""Loads a user's own pictures for a training run, and says what was found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from cbcnn_inputs.datasets import Dataset
from cbcnn_inputs.own_pictures.collect import Tell
from cbcnn_inputs.own_pictures.load import OwnPictures, count_classes, load_own_pictures
from cbcnn_trainer.progress import console
from cbcnn_trainer.settings import Settings

_SHOWN: Final = 12
"""Classes whose counts fit into a line."""


def load_and_tell(source: Path, settings: Settings, *, skip_bad: bool = False) -> Dataset:
    """The pictures of `source` in three parts, with a line for each thing worth knowing.

    Args:
        source: a folder, a list or an npz.
        settings: of a run on own pictures.
        skip_bad: leave out pictures that cannot be read.

    Raises:
        DataError: as `load_own_pictures`.
    """
    own = settings.own
    assert own is not None, "settings of a run on own pictures"
    with reading() as tell:
        found = load_own_pictures(
            source, own.picture_fit, settings.block, settings.division, skip_bad=skip_bad, tell=tell
        )
    for line in describe(found):
        console.print(line, markup=False)
    return found.dataset


def describe(found: OwnPictures) -> Iterator[str]:
    """What was found, in lines."""
    dataset = found.dataset
    counts = count_classes(found.labels, dataset.class_names)
    shown = ", ".join(f"{name} {count}" for name, count in list(counts.items())[:_SHOWN])
    more = f" and {len(counts) - _SHOWN} more" if len(counts) > _SHOWN else ""
    yield f"{len(found.collected):,} pictures of {len(counts)} classes: {shown}{more}"
    sizes = {part: len(indices) for part, indices in found.parts.items()}
    yield (
        f"{sizes['train']:,} to train, {sizes['val']:,} to validate, {sizes['test']:,} to test; "
        f"each becomes {dataset.pictures}"
    )
    yield from (f"warning: {warning}" for warning in found.warnings)


@contextmanager
def reading() -> Iterator[Tell]:
    """A bar over the pictures that are read; silent where standard error is no terminal."""
    bar = Progress(
        TextColumn("reading pictures"),
        BarColumn(),
        MofNCompleteColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task("")
        yield lambda done, total: bar.update(task, completed=done, total=total)
