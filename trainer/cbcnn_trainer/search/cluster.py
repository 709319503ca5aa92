"""Trains the candidates of a search on a cluster of Ray, or on all cores of this machine.

The study stays here, and decides who is next and who drops out. A cluster gets parts of trainings,
each up to the epoch at which that is decided; candidates go on from their checkpoints, so all
machines see the folder of the search under one path. Whatever happens to the cluster, the study and
the checkpoints are whole.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Final

from cbcnn_inputs.errors import CbcnnError
from cbcnn_trainer.progress import console
from cbcnn_trainer.search.candidate import train_candidate
from cbcnn_trainer.search.here import finish, is_over
from cbcnn_trainer.search.plan import Candidate, Job
from cbcnn_trainer.search.race import next_decision
from cbcnn_trainer.search.ray_process import (
    LOG,
    Answer,
    Beat,
    Epochs,
    Fault,
    Loss,
    Order,
    Refusal,
    Train,
    serve,
)
from cbcnn_trainer.search.smallest import describe
from cbcnn_trainer.search.study import Study

_SILENCE_SECONDS: Final = 120.0
"""Without a sign of a processor, after which a cluster counts as gone."""

_GOODBYE_SECONDS: Final = 20.0


class ClusterError(CbcnnError):
    """The cluster of Ray does not answer, or not any more."""

    exit_code: ClassVar[int] = 12


class Cluster:
    """A cluster, in a `with` block, as a process of its own sees it; see `ray_process`.

    Args:
        address: HOST:PORT or `auto`; `local` for one on this machine.
        log: file for what Ray prints.

    Raises:
        ClusterError: it cannot be reached, or it went away.
    """

    def __init__(self, address: str, log: Path) -> None:
        self.processors = 0
        self._address = address
        self._log = log
        spawn = multiprocessing.get_context("spawn")
        self._pipe, far_end = spawn.Pipe()
        self._process = spawn.Process(target=serve, args=(address, log, far_end), daemon=True)
        self._process.start()
        far_end.close()
        self._heard = time.monotonic()

    def __enter__(self) -> Cluster:
        try:
            while not self.processors:
                self.wait(1.0)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def _end(self) -> None:
        self._pipe.close()
        self._process.join(_GOODBYE_SECONDS)
        self._process.kill()

    def submit(self, order: Order) -> None:
        """Have a part of a training done."""
        try:
            self._pipe.send(order)
        except OSError as error:
            raise self._gone() from error

    def wait(self, seconds: float) -> Answer | None:
        """The next answer; None if there is none in this time."""
        if not self._pipe.poll(seconds):
            if time.monotonic() - self._heard > _SILENCE_SECONDS:
                raise self._gone()
            return None
        try:
            message = self._pipe.recv()
        except (EOFError, OSError) as error:
            raise self._gone() from error
        if isinstance(message, Refusal):
            raise ClusterError(
                "the Ray cluster does not answer",
                found=f"{self._address}: {message.reason}",
                allowed="HOST:PORT as `ray start --head` prints it, auto, or local",
                suggestion="ray status --address ADDRESS shows what is there",
            )
        self._heard = time.monotonic()
        if isinstance(message, Beat):
            self.processors = message.processors
            return None
        assert isinstance(message, Answer)
        return message

    def _gone(self) -> ClusterError:
        return ClusterError(
            "the Ray cluster went away",
            found=f"no answer from {self._address}; what Ray says is in {self._log}",
            suggestion="every finished epoch is kept: start the cluster, then the same command "
            "with --resume; without --ray it goes on in this process",
        )


def search_on_ray(
    study: Study,
    folder: Path,
    trials: int,
    deadline: float | None,
    address: str,
    train: Train = train_candidate,
) -> None:
    """Train until enough networks were begun, time is up or nothing new fits.

    Args:
        study: of the search.
        folder: of the search.
        trials: networks to train at least an epoch of, those of earlier runs included.
        deadline: of `time.monotonic`; None for none.
        address: of the cluster.
        train: trains a candidate; workers import it.

    Raises:
        ClusterError: the cluster cannot be reached, or went away.
        CbcnnError: a worker cannot read the data, or cannot write its checkpoint.
    """
    running: dict[int, Candidate] = {}
    with Cluster(address, folder / LOG) as cluster:

        def order(candidate: Candidate) -> None:
            until = next_decision(study.plan.epochs, study.reached(candidate.number)[0])
            job = Job.of(study.plan, candidate, folder)
            running[candidate.number] = candidate
            cluster.submit(Order(train, job, until))

        while not is_over(deadline):
            while len(running) < cluster.processors and (found := study.next(trials)) is not None:
                order(found)
            if not running:
                return
            answer = cluster.wait(1.0)
            if answer is not None:
                candidate = running.pop(answer.number)
                if _goes_on(study, candidate, folder, answer.outcome):
                    order(candidate)


def train_on_ray(
    jobs: Sequence[Job], folder: Path, address: str, train: Train = train_candidate
) -> dict[int, float]:
    """Train networks to their ends.

    Args:
        jobs: the trainings.
        folder: of the search.
        address: of the cluster.
        train: trains one; workers import it.

    Returns:
        The validation accuracy of each, by the number of its trial.

    Raises:
        ClusterError: the cluster cannot be reached, went away, or lost a worker again and again.
        CbcnnError: a worker cannot read the data, or cannot write its checkpoint.
    """
    reached: dict[int, float] = {}
    with Cluster(address, folder / LOG) as cluster:
        for job in jobs:
            cluster.submit(Order(train, job, job.settings.epochs))
        while len(reached) < len(jobs):
            answer = cluster.wait(1.0)
            if answer is not None:
                outcome = _demand_epochs(answer.outcome, folder)
                if isinstance(outcome, Loss):
                    raise _fault(outcome.reason, folder)
                reached[answer.number] = outcome[-1][1]
    return reached


def _demand_epochs(outcome: Epochs | Loss | Fault | CbcnnError, folder: Path) -> Epochs | Loss:
    """Raise unless a training came to something, or to the loss of its workers."""
    if isinstance(outcome, CbcnnError):
        raise outcome
    if isinstance(outcome, Fault):
        raise _fault(outcome.reason, folder)
    return outcome


def _fault(reason: str, folder: Path) -> ClusterError:
    return ClusterError(
        "a worker of the Ray cluster ended in an error",
        found=reason,
        suggestion="the same cbcnn[train,search-ray] on all machines; all of the error is in "
        f"{folder / LOG}",
    )


def _goes_on(
    study: Study, candidate: Candidate, folder: Path, outcome: Epochs | Loss | Fault | CbcnnError
) -> bool:
    """Tell the study what came of a part; whether another one follows."""
    outcome = _demand_epochs(outcome, folder)
    if isinstance(outcome, Loss):
        study.fail(candidate.number)
        console.print(
            f"network {candidate.number}: {describe(candidate.options)}: given up, "
            f"{outcome.reason}",
            markup=False,
        )
        return False
    for epoch, accuracy in outcome:
        if not study.report(candidate.number, epoch, accuracy):
            finish(study, candidate, Job.of(study.plan, candidate, folder))
            return False
    return True
