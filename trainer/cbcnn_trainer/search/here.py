"""Trains the candidates of a search one after the other in this process."""

from __future__ import annotations

import time
from pathlib import Path

from cbcnn_inputs import claims
from cbcnn_trainer.progress import console
from cbcnn_trainer.search.candidate import train_candidate
from cbcnn_trainer.search.plan import Candidate, Job
from cbcnn_trainer.search.smallest import describe
from cbcnn_trainer.search.study import Study


def search_here(study: Study, folder: Path, trials: int, deadline: float | None) -> None:
    """Train until enough networks were begun, time is up or nothing new fits.

    Args:
        study: of the search.
        folder: of the search.
        trials: networks to train at least an epoch of, those of earlier runs included.
        deadline: of `time.monotonic`; None for none.
    """
    while not is_over(deadline):
        candidate = study.next(trials)
        if candidate is None:
            return
        if not _train(study, candidate, folder, deadline):
            return


def _train(study: Study, candidate: Candidate, folder: Path, deadline: float | None) -> bool:
    """Train one candidate; False if time was up before its end, which is no end."""
    job = Job.of(study.plan, candidate, folder)
    goes_on = True

    def report(epoch: int, accuracy: float) -> bool:
        nonlocal goes_on
        goes_on = study.report(candidate.number, epoch, accuracy)
        return goes_on and not is_over(deadline)

    train_candidate(job, report)
    if goes_on:
        return False
    finish(study, candidate, job)
    return True


def finish(study: Study, candidate: Candidate, job: Job) -> None:
    """Close a candidate, say what came of it, and remove its checkpoint."""
    stayed = study.close(candidate.number)
    epoch, accuracy = study.reached(candidate.number)
    what = "complete" if stayed else "dropped"
    console.print(
        f"network {candidate.number}: {describe(candidate.options)}: {candidate.cost}; "
        f"validation accuracy {accuracy:.4f} after {epoch} epochs, {what}",
        markup=False,
    )
    claims.remove_tree(job.checkpoint_folder)


def is_over(deadline: float | None) -> bool:
    """Whether a time of `time.monotonic` has passed."""
    return deadline is not None and time.monotonic() >= deadline
