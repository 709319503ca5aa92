"""Successive halving among networks that cost about the same.

Optuna prunes trials of a single objective, and the search has two. So the epochs of candidates race
in studies of one objective, accuracy, beside that of the search: one study for each doubling of the
cost. A small network races against small ones and not against those that it can never beat.
"""

from __future__ import annotations

from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from cbcnn_trainer.search.plan import REDUCTION

_CANDIDATE = "candidate"


class Races:
    """The races of a search.

    Args:
        storage: of Optuna.
        epochs: of a candidate that stays; after a ninth and a third of them one in three goes on.
    """

    def __init__(self, storage: Any, epochs: int) -> None:
        self._storage = storage
        self._pruner = optuna.pruners.SuccessiveHalvingPruner(
            min_resource=max(1, epochs // REDUCTION**2), reduction_factor=REDUCTION
        )

    def report(self, number: int, count: int, epoch: int, accuracy: float) -> bool:
        """Note the accuracy of a candidate that costs `count`; whether it goes on."""
        racer = self._racer(number, count)
        if epoch not in frozen(racer.study, racer.number).intermediate_values:
            racer.report(accuracy, epoch)
        drops_out: bool = racer.should_prune()
        return not drops_out

    def close(self, number: int, count: int, state: TrialState) -> None:
        """End the race of a candidate; what it reached stays for others to be compared with."""
        racer = self._racer(number, count)
        values = frozen(racer.study, racer.number).intermediate_values
        if state != TrialState.COMPLETE:
            racer.study.tell(racer.number, state=state)
        elif values:
            racer.study.tell(racer.number, max(values.values()))
        else:
            racer.study.tell(racer.number, state=TrialState.FAIL)

    def _racer(self, number: int, count: int) -> Any:
        """The trial of a candidate in its race."""
        race = optuna.create_study(
            study_name=f"race up to {1 << (count - 1).bit_length()}",
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
