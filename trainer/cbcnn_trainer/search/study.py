"""What was tried and what is to be tried next: Optuna's study, kept in a file.

The study has two objectives, accuracy and what it is traded against, and the limits as constraints:
it proposes networks and knows the Pareto front. The epochs of candidates race in studies of their
own, see `race`.

Everything is in the file the moment it is known. A killed search loses the epoch it was in.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import optuna
from optuna.trial import FrozenTrial, TrialState

from cbcnn_inputs.errors import OutputError
from cbcnn_trainer.search.cost import Cost, Network
from cbcnn_trainer.search.plan import SCARCE, Candidate, Plan
from cbcnn_trainer.search.race import Races, frozen, live
from cbcnn_trainer.search.space import Family, Options, family_of
from cbcnn_trainer.search.storage import open_storage

JOURNAL: Final = "study.journal"
_MAIN: Final = "search"
_RANDOM_FIRST: Final = 10
_MOST_PROPOSALS: Final = 1000
"""Proposals in a row that were known or did not fit: then nothing is left to find."""

_CANDIDATE, _COST, _EPOCHS, _ACCURACY, _FIRST = "candidate", "cost", "epochs", "accuracy", "first"
_BY_HAND = "by hand"


class Study:
    """A search and its state.

    Args:
        plan: of the search.
        folder: where its file is, or will be; no other process uses it.

    Raises:
        OutputError: the file belongs to another search, or cannot be read.
    """

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan = plan
        path = folder / JOURNAL
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._storage = open_storage(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            sampler = optuna.samplers.TPESampler(
                n_startup_trials=_RANDOM_FIRST,
                multivariate=True,
                group=True,
                seed=None if path.stat().st_size else plan.seed,
            )
        self._study = optuna.create_study(
            study_name=_MAIN,
            storage=self._storage,
            sampler=sampler,
            directions=["maximize", "minimize"],
            load_if_exists=True,
        )
        self._demand_same_plan(path)
        self._races = Races(self._storage, plan.epochs)
        self._known: set[Network] = set()
        self._waiting: list[Candidate] = []
        self._running: dict[int, Candidate] = {}
        self._take_up()
        self.closest: tuple[float, Options, Cost] | None = None

    def _demand_same_plan(self, path: Path) -> None:
        wanted, stored = self.plan.identity(), self._study.user_attrs.get(_MAIN)
        if stored is None:
            self._study.set_user_attr(_MAIN, wanted)
            for point in self.plan.space.starting_points():
                self._study.enqueue_trial(point, user_attrs={_BY_HAND: True})
        elif stored != wanted:
            differ = [name for name in wanted if stored.get(name) != wanted[name]]
            raise OutputError(
                f"{path.parent} holds another search",
                found="\n".join(f"{name} {stored.get(name)}"[:200] for name in differ),
                allowed="\n".join(f"{name} {wanted[name]}"[:200] for name in differ),
                suggestion="the options of that search, another -o, or --force to start anew",
            )

    def _take_up(self) -> None:
        """Go on with what an interrupted run left."""
        for trial in self._study.get_trials(deepcopy=False):
            if trial.state == TrialState.WAITING:
                continue
            options = trial.user_attrs.get(_CANDIDATE)
            if options is not None:
                self._known.add(self.plan.network(_options(options)))
            if trial.state != TrialState.RUNNING:
                continue
            if options is None or trial.user_attrs.get(_FIRST) is None:
                self._study.tell(trial.number, state=TrialState.FAIL)
            else:
                self._waiting.append(_candidate(trial))

    def next(self, trials: int) -> Candidate | None:
        """The next candidate; None once `trials` were begun and none waits, or nothing is left."""
        if self.counts()["begun"] >= trials and not self._waiting:
            return None
        return self.propose()

    def propose(self) -> Candidate | None:
        """The next candidate to train, one that was interrupted first; None if nothing is left.

        Each fits, as its target's compiler says. What does not is a trial that Optuna learns from.
        """
        if self._waiting:
            candidate = self._waiting.pop(0)
            self._running[candidate.number] = candidate
            return candidate
        for _ in range(_MOST_PROPOSALS):
            trial = self._study.ask()
            found = self._try(trial)
            if found is not None:
                self._running[found.number] = found
                return found
        return None

    def _try(self, trial: Any) -> Candidate | None:
        """The trial's candidate, if it is new and fits."""
        plan = self.plan
        options = plan.space.suggest(trial)
        network = plan.network(options)
        if network in self._known:
            self._study.tell(trial, state=TrialState.FAIL)
            return None
        self._known.add(network)
        cost = plan.costs.estimate(network)
        if plan.limits.allow(cost):
            cost = plan.costs.measure(network)
        excess = plan.limits.excess(cost)
        for name, more in excess.items():
            trial.set_constraint(name, more)
        trial.set_user_attr(_COST, asdict(cost))
        trial.set_user_attr(_CANDIDATE, _stored(options))
        worst = max(excess.values(), default=0.0)
        if worst > 0:
            if self.closest is None or worst < self.closest[0]:
                self.closest = worst, options, cost
            self._study.tell(trial, state=TrialState.PRUNED)
            return None
        trial.set_user_attr(_FIRST, True)
        return Candidate(trial.number, options, cost, _BY_HAND in trial.user_attrs)

    @property
    def has_waiting(self) -> bool:
        """Whether candidates of an interrupted run are left."""
        return bool(self._waiting)

    def reached(self, number: int) -> tuple[int, float]:
        """Finished epochs of a candidate and its best validation accuracy."""
        told = frozen(self._study, number).user_attrs
        return told.get(_EPOCHS, 0), told.get(_ACCURACY, 0.0)

    def report(self, number: int, epoch: int, accuracy: float) -> bool:
        """Note how accurate a candidate is after an epoch; whether it goes on."""
        candidate = self._running[number]
        trial = live(self._study, number)
        trial.set_user_attr(_EPOCHS, epoch)
        trial.set_user_attr(_ACCURACY, accuracy)
        if epoch >= self.plan.epochs:
            return False
        return self._races.report(candidate, self._count(candidate), epoch, accuracy)

    def close(self, number: int) -> bool:
        """Finish a candidate; whether it stayed to the last epoch."""
        candidate = self._running.pop(number)
        trial = frozen(self._study, number)
        stayed: bool = trial.user_attrs.get(_EPOCHS, 0) >= self.plan.epochs
        count = self._count(candidate)
        self._races.close(candidate, count, TrialState.COMPLETE if stayed else TrialState.PRUNED)
        if stayed:
            self._study.tell(number, [trial.user_attrs[_ACCURACY], float(count)])
        else:
            self._study.tell(number, state=TrialState.PRUNED)
        return stayed

    def fail(self, number: int) -> None:
        """Give a candidate up whose training ended in errors again and again."""
        candidate = self._running.pop(number)
        self._races.close(candidate, self._count(candidate), TrialState.FAIL)
        self._study.tell(number, state=TrialState.FAIL)

    def front(self) -> list[tuple[Candidate, float]]:
        """The candidates of the Pareto front and their validation accuracy, the cheapest first."""
        best = self._study.best_trials
        points = [(_candidate(trial), float(trial.values[0])) for trial in best]
        return sorted(points, key=lambda point: (self._count(point[0]), point[1]))

    def finalists(self, earlier: Collection[int] = ()) -> list[Candidate]:
        """The most accurate candidate of each family among those that came furthest.

        Args:
            earlier: numbers of finalists of earlier runs, who stay finalists.
        """
        found: dict[Family, Candidate] = {}
        for candidate, _, _ in sorted(self.trained(), key=self._rank):
            found[family_of(candidate.options)] = candidate
        stay = [one for one, _, _ in self.trained() if one.number in earlier]
        numbers = {one.number: one for one in [*found.values(), *stay]}
        return [numbers[number] for number in sorted(numbers)]

    def _rank(self, trained: tuple[Candidate, float, int]) -> tuple[int, float, int]:
        candidate, accuracy, epochs = trained
        return epochs, accuracy, -self._count(candidate)

    def _count(self, candidate: Candidate) -> int:
        """How much a candidate takes of what is scarce."""
        return int(getattr(candidate.cost, SCARCE[self.plan.scarce]))

    def trained(self) -> list[tuple[Candidate, float, int]]:
        """All candidates of which at least an epoch was trained: accuracy and epochs."""
        return [
            (_candidate(trial), trial.user_attrs[_ACCURACY], trial.user_attrs[_EPOCHS])
            for trial in self._study.get_trials(deepcopy=False)
            if _ACCURACY in trial.user_attrs
        ]

    def counts(self) -> dict[str, int]:
        """How many networks were looked at, did not fit, were trained, dropped out, stayed."""
        trials = [
            trial
            for trial in self._study.get_trials(deepcopy=False)
            if _CANDIDATE in trial.user_attrs
        ]
        begun = [trial for trial in trials if _FIRST in trial.user_attrs]
        return {
            "considered": len(trials),
            "too_large": len(trials) - len(begun),
            "begun": len(begun),
            "dropped": sum(trial.state == TrialState.PRUNED for trial in begun),
            "failed": sum(trial.state == TrialState.FAIL for trial in begun),
            "complete": sum(trial.state == TrialState.COMPLETE for trial in begun),
        }


def _candidate(trial: FrozenTrial) -> Candidate:
    options, cost = trial.user_attrs[_CANDIDATE], trial.user_attrs[_COST]
    return Candidate(trial.number, _options(options), Cost(**cost), _BY_HAND in trial.user_attrs)


def _stored(options: Options) -> dict[str, Any]:
    return {
        key: list(value) if isinstance(value, tuple) else value for key, value in options.items()
    }


def _options(stored: dict[str, Any]) -> Options:
    return {
        key: tuple(value) if isinstance(value, list) else value for key, value in stored.items()
    }
