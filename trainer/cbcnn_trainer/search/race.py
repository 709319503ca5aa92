"""Successive halving among networks of one family that cost about the same.

Optuna prunes trials of a single objective, and the search has two. So the epochs of candidates race
in studies of one objective, accuracy, beside that of the search: one study for each family and each
doubling of the cost. First epochs tell which of two networks of a kind learns more; they do not
tell that of two kinds, of which one learns slowly and ends higher, nor of a small and a large one.
"""

from __future__ import annotations

from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from cbcnn_trainer.search.plan import REDUCTION, Candidate
from cbcnn_trainer.search.space import family_of

_CANDIDATE = "candidate"


def first_decision(epochs: int) -> int:
    """Epochs after which a candidate may drop out for the first time."""
    return max(1, epochs // REDUCTION**2)


def next_decision(epochs: int, done: int) -> int:
    """Epochs after which it is decided whether a candidate goes on that has trained `done`."""
    rung = first_decision(epochs)
    while rung <= done:
        rung *= REDUCTION
    return min(rung, epochs)


class Races:
    """The races of a search.

    Args:
        storage: of Optuna.
        epochs: of a candidate that stays; after a ninth and a third of them one in three goes on.
            What was chosen by hand may drop out after a third, not before.
    """

    def __init__(self, storage: Any, epochs: int) -> None:
        self._storage = storage
        self._grace = epochs // REDUCTION
        self._pruner = optuna.pruners.SuccessiveHalvingPruner(
            min_resource=first_decision(epochs), reduction_factor=REDUCTION
        )

    def report(self, candidate: Candidate, count: int, epoch: int, accuracy: float) -> bool:
        """Note the accuracy of a candidate that costs `count`; whether it goes on."""
        racer = self._racer(candidate, count)
        if epoch not in frozen(racer.study, racer.number).intermediate_values:
            racer.report(accuracy, epoch)
        drops_out: bool = racer.should_prune()
        return not drops_out or (candidate.by_hand and epoch < self._grace)

    def close(self, candidate: Candidate, count: int, state: TrialState) -> None:
        """End the race of a candidate; what it reached stays for others to be compared with."""
        racer = self._racer(candidate, count)
        values = frozen(racer.study, racer.number).intermediate_values
        if state != TrialState.COMPLETE:
            racer.study.tell(racer.number, state=state)
        elif values:
            racer.study.tell(racer.number, max(values.values()))
        else:
            racer.study.tell(racer.number, state=TrialState.FAIL)

    def _racer(self, candidate: Candidate, count: int) -> Any:
        """The trial of a candidate in its race."""
        family, number = family_of(candidate.options), candidate.number
        race = optuna.create_study(
            study_name=f"race of {family} up to {1 << (count - 1).bit_length()}",
            storage=self._storage,
            pruner=self._pruner,
            direction="maximize",
            load_if_exists=True,
        )
        for trial in race.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            if trial.user_attrs.get(_CANDIDATE) == number:
                return live(race, trial.number)
        trial = race.ask()
        trial.set_user_attr(_CANDIDATE, number)
        return trial


def frozen(study: Any, number: int) -> FrozenTrial:
    """A trial as it is now."""
    return study.get_trials(deepcopy=False)[number]


def live(study: Any, number: int) -> Any:
    """A trial that can still be written to."""
    return optuna.trial.Trial(study, frozen(study, number)._trial_id)
