"""Trains one candidate as far as the search lets it, from where an earlier attempt ended."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

from cbcnn_inputs.datasets import Dataset
from cbcnn_trainer import settings
from cbcnn_trainer.image_settings import PictureSettings
from cbcnn_trainer.load_data import load_data
from cbcnn_trainer.outputs import Outputs
from cbcnn_trainer.search.plan import Job

Report: TypeAlias = Callable[[int, float], bool]
"""Takes the finished epochs, and the validation accuracy of the one that would be kept if the
training ended now; says whether to go on."""

_SEEN_BY_NETWORKS = ("validation_fraction", "seed", "preprocessing", "standardise_scale")


def train_candidate(job: Job, report: Report) -> None:
    """Train, with a checkpoint after each epoch; `report` hears of each, and may end it.

    A candidate whose training was interrupted goes on where its checkpoint is, bit for bit. The
    test part is not touched.

    Raises:
        DataError: the data cannot be read.
        OutputError: the checkpoint cannot be written.
    """
    from cbcnn_trainer import checkpoint, epochs, training
    from cbcnn_trainer.backends import LARQ, open_backend
    from cbcnn_trainer.checkpoint import State

    chosen = job.settings
    dataset = dataset_of(job)
    outputs = Outputs.at(job.checkpoint_folder)
    run_id = training.identify(chosen, dataset)
    state = State(run_id, {**chosen.values(), "backend": LARQ})
    job.checkpoint_folder.mkdir(parents=True, exist_ok=True)
    if outputs.checkpoint.exists():
        state = checkpoint.load(outputs.checkpoint, run_id, state.settings)

    def tell(reached: State) -> bool:
        return report(reached.epoch, reached.history[reached.best_epoch - 1]["val_accuracy"])

    if state.epoch and (not tell(state) or state.epoch == chosen.epochs):
        return
    epochs.run(chosen, dataset, outputs, state, open_backend(), watch=tell)


def dataset_of(job: Job) -> Dataset:
    """The data as the candidate's settings divide and prepare them; each way is read once."""
    names = {*vars(PictureSettings()), *_SEEN_BY_NETWORKS}
    seen = tuple(sorted((name, job.options[name]) for name in names & job.options.keys()))
    return _load(job.dataset, job.data, seen, job.skip_bad)


@lru_cache(maxsize=4)
def _load(
    dataset: str, data: str | None, options: tuple[tuple[str, object], ...], skip_bad: bool
) -> Dataset:
    chosen = settings.resolve(dataset, dict(options))
    source = None if data is None else Path(data)
    return load_data(chosen, source, skip_bad=skip_bad, quiet=True)
