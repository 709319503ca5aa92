"""Takes the place of a training: needs no time and no data, and keeps its epochs in a file.

Workers of Ray import it.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

from cbcnn_inputs.errors import DataError
from cbcnn_trainer.search.candidate import Report
from cbcnn_trainer.search.plan import Job

EPOCHS = "epochs"
"""In the checkpoint folder: number and process of each epoch."""


def train(job: Job, report: Report) -> None:
    """Train as `train_candidate` does, from where an earlier attempt ended."""
    log = _log(job)
    done = log.read_text().count("\n") if log.exists() else 0
    if done and (not report(done, _accuracy(job)) or done == job.options["epochs"]):
        return
    for epoch in range(done + 1, job.options["epochs"] + 1):
        with log.open("a") as file:
            file.write(f"{epoch} {os.getpid()}\n")
        if not report(epoch, _accuracy(job)):
            return


def train_and_kill_once(job: Job, report: Report) -> None:
    """The same, but the first worker that is in its second epoch is killed."""

    def killing(epoch: int, accuracy: float) -> bool:
        goes_on = report(epoch, accuracy)
        once = Path(job.folder) / "killed"
        if epoch == 2 and not once.exists():
            once.write_text(f"{os.getpid()} {job.checkpoint_folder}")
            os.kill(os.getpid(), signal.SIGKILL)
        return goes_on

    train(job, killing)


def kill_always(job: Job, report: Report) -> None:
    """Whoever trains this network is killed; all others can be trained."""
    if job.number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    train(job, report)


def find_no_data(job: Job, _report: Report) -> None:
    """The data of this machine cannot be read."""
    raise DataError(f"no data for network {job.number}", found="nothing")


def _log(job: Job) -> Path:
    job.checkpoint_folder.mkdir(parents=True, exist_ok=True)
    return job.checkpoint_folder / EPOCHS


def _accuracy(job: Job) -> float:
    return 0.5 + 0.01 * job.number
