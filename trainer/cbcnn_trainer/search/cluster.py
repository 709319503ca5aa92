"""Trains the candidates of a search on a cluster, or on all cores of this machine, with Ray Tune.

Tune decides where a candidate is trained, begins it again elsewhere if its process or machine dies,
and brings the results here. Which candidate is next and which one drops out stays with the study:
to Tune it is a search algorithm and a scheduler. A candidate goes on from its own checkpoint, so
all machines see the folder of the search under one path, as Tune asks for its own files too.
"""

from __future__ import annotations

import os
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar, Final

from cbcnn_inputs.errors import CbcnnError
from cbcnn_trainer.search.candidate import train_candidate
from cbcnn_trainer.search.here import finish
from cbcnn_trainer.search.plan import Candidate, Job
from cbcnn_trainer.search.study import Study
from cbcnn_trainer.search.watch import ClusterWatch

os.environ.update(
    RAY_USAGE_STATS_ENABLED="0",
    RAY_AIR_NEW_OUTPUT="0",
    RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO="0",
    TUNE_DISABLE_AUTO_CALLBACK_LOGGERS="1",
    TUNE_DISABLE_SIGINT_HANDLER="1",
)

import ray
from ray import tune
from ray.tune.schedulers import FIFOScheduler
from ray.tune.search import Searcher

LOCAL: Final = "local"
_ATTEMPTS: Final = 3
"""How often a candidate is begun again after its process or machine died."""

_ONE_CORE: Final = {
    **{"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"},
    **{"TF_CPP_MIN_LOG_LEVEL": "3", "TF_USE_LEGACY_KERAS": "1"},
}


class ClusterError(CbcnnError):
    """The cluster of Ray does not answer, or not any more."""

    exit_code: ClassVar[int] = 12


def search_on_ray(
    study: Study, folder: Path, trials: int, deadline: float | None, address: str
) -> None:
    """Train until enough networks were begun, time is up or nothing new fits.

    Args:
        study: of the search.
        folder: of the search.
        trials: networks to train at least an epoch of, those of earlier runs included.
        deadline: of `time.monotonic`; None for none.
        address: of the cluster, or "local".

    Raises:
        ClusterError: the cluster cannot be reached, or went away.
    """
    _connect(address)
    try:
        with ClusterWatch(ray.get_runtime_context().gcs_address) as watch:
            try:
                _run(study, folder, trials, deadline)
            except (KeyboardInterrupt, ray.exceptions.RayError, ConnectionError) as error:
                if watch.is_lost or not isinstance(error, KeyboardInterrupt):
                    raise _gone(address, watch.address) from error
                raise
    finally:
        if not watch.is_lost:
            ray.shutdown()


def _connect(address: str) -> None:
    quiet = {"log_to_driver": False, "logging_level": "ERROR", "configure_logging": True}
    ray.shutdown()
    try:
        if address == LOCAL:
            ray.init(num_cpus=os.cpu_count(), include_dashboard=False, **quiet)
        else:
            ray.init(address=address, **quiet)
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        raise ClusterError(
            "the Ray cluster does not answer",
            found=f"{address}: {error}"[:300],
            allowed="HOST:PORT as `ray start --head` prints it, auto, or local",
            suggestion="ray status --address ADDRESS shows what is there",
        ) from error


def _gone(address: str, gcs: str) -> ClusterError:
    return ClusterError(
        "the Ray cluster went away",
        found=f"no answer from {gcs if address == LOCAL else address}",
        suggestion="every finished epoch is kept: start the cluster, then the same command with "
        "--resume; without --ray it goes on in this process",
    )


def _run(study: Study, folder: Path, trials: int, deadline: float | None) -> None:
    proposals = Proposals(study, folder, trials)
    trainable = tune.with_resources(_train, {"cpu": 1})
    budget = None if deadline is None else max(1.0, deadline - time.monotonic())
    tune.Tuner(
        trainable,
        tune_config=tune.TuneConfig(
            search_alg=proposals,
            scheduler=Halving(proposals),
            num_samples=-1,
            time_budget_s=budget,
            reuse_actors=True,
        ),
        run_config=tune.RunConfig(
            name="ray",
            storage_path=str(folder.resolve()),
            failure_config=tune.FailureConfig(max_failures=_ATTEMPTS),
            verbose=0,
        ),
    ).fit()


def _train(config: dict[str, Any]) -> None:
    """Train one candidate on whatever machine this is."""
    os.environ.update(_ONE_CORE)

    def report(epoch: int, accuracy: float) -> bool:
        tune.report({"epoch": epoch, "accuracy": accuracy})
        return True

    train_candidate(Job(**config["job"]), report)


class Proposals(Searcher):  # type: ignore[misc]  # Ray has no types
    """Gives Tune the study's candidates.

    Args:
        study: of the search.
        folder: of the search.
        trials: networks to begin.
    """

    def __init__(self, study: Study, folder: Path, trials: int) -> None:
        super().__init__(metric="accuracy", mode="max")
        self._study = study
        self._folder = folder
        self._trials = trials
        self._given: dict[str, Candidate] = {}
        self.ended: set[str] = set()

    def suggest(self, trial_id: str) -> Any:
        """The settings of the next training, or that there is none."""
        study = self._study
        if study.counts()["begun"] >= self._trials and not study.has_waiting:
            return Searcher.FINISHED
        candidate = study.propose()
        if candidate is None:
            return Searcher.FINISHED
        self._given[trial_id] = candidate
        return {"job": asdict(Job.of(study.plan, candidate, self._folder))}

    def note(self, trial_id: str, epoch: int, accuracy: float) -> bool:
        """Tell the study of an epoch; whether the candidate goes on."""
        goes_on = self._study.report(self._given[trial_id].number, epoch, accuracy)
        if not goes_on:
            self.ended.add(trial_id)
        return goes_on

    def on_trial_complete(
        self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False
    ) -> None:
        """Close a candidate; one that was stopped because time is up stays open."""
        candidate = self._given.get(trial_id)
        if candidate is None:
            return
        if error:
            self._study.fail(candidate.number)
            del self._given[trial_id]
        elif trial_id in self.ended:
            finish(self._study, candidate, Job.of(self._study.plan, candidate, self._folder))
            del self._given[trial_id]

    def save(self, checkpoint_path: str) -> None:
        """Nothing: the study keeps everything in its own file."""
        Path(checkpoint_path).write_bytes(b"")

    def restore(self, checkpoint_path: str) -> None:
        """Nothing, as nothing was saved."""


class Halving(FIFOScheduler):  # type: ignore[misc]  # Ray has no types
    """Lets the study's races decide which candidate goes on."""

    def __init__(self, proposals: Proposals) -> None:
        super().__init__()
        self._proposals = proposals

    def on_trial_result(self, _controller: Any, trial: Any, result: dict[str, Any]) -> str:
        """Tune's word for whether the trial goes on."""
        goes_on = self._proposals.note(trial.trial_id, result["epoch"], result["accuracy"])
        decision: str = self.CONTINUE if goes_on else self.STOP
        return decision
