"""Loads the data of a training run: a data set by its name, or pictures of the user's own."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cbcnn_inputs import datasets
from cbcnn_inputs.datasets import Dataset, Split
from cbcnn_trainer.settings import Settings

if TYPE_CHECKING:
    from cbcnn_trainer.backends import Backend


def load_data(
    settings: Settings,
    source: Path | None,
    *,
    skip_bad: bool = False,
    quiet: bool = False,
    backend: Backend | None = None,
) -> Dataset:
    """The three parts that a run of these settings trains, selects and tests on.

    Args:
        settings: of the run.
        source: folder with the data set, or a user's own pictures.
        skip_bad: leave out pictures that cannot be read.
        quiet: say nothing about what was found.
        backend: its Keras downloads; by default that of the default backend.

    Raises:
        DataError: the data are missing, damaged or too few.
    """
    from cbcnn_inputs.own_pictures.load import load_own_pictures
    from cbcnn_trainer.own_pictures import load_and_tell

    if settings.own is None or source is None:
        return datasets.load(
            settings.dataset,
            source,
            validation_fraction=settings.validation_fraction,
            seed=settings.seed,
            download=partial(_download, backend),
        )
    if not quiet:
        return load_and_tell(source, settings, skip_bad=skip_bad)
    fit, division = settings.own.picture_fit, settings.division
    return load_own_pictures(source, fit, settings.block, division, skip_bad=skip_bad).dataset


def _download(backend: Backend | None, name: str) -> tuple[Split, Split]:
    """Import Keras no earlier than a download needs it."""
    from cbcnn_trainer.backends import open_backend
    from cbcnn_trainer.download import download

    return download((backend or open_backend()).kit.keras, name)
