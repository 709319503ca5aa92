"""Train the trials of docs/effects.md and write the page.

python -m benchmarks.effects train [NAME...]  into runs/effects/NAME; needs CBCNN_DATA and an hour
python -m benchmarks.effects collect          what the trials in runs/effects noted, then the page
python -m benchmarks.effects render           the page anew, of what is stored
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

from benchmarks.effects import store
from benchmarks.effects.report import write_page
from benchmarks.effects.trials import DATASET, TRIALS, Trial
from benchmarks.trainer import RUNS, train

FOLDER: Final = RUNS / "effects"


def main() -> None:
    """Do what the first argument says."""
    verb, names = (sys.argv[1:2] or [""])[0], sys.argv[2:]
    known = {trial.name: trial for trial in TRIALS}
    if verb not in ("train", "collect", "render") or not set(names) <= known.keys():
        sys.exit(__doc__)
    if verb == "train":
        _train([known[name] for name in names] or TRIALS)
        return
    if verb == "collect":
        store.write(store.collect(FOLDER))
    write_page(store.read())


def _train(trials: Sequence[Trial]) -> None:
    for trial in trials:
        arguments = trial.arguments
        for option, name in (("--start-from", trial.start_from), ("--teacher", trial.teacher)):
            if name is not None:
                arguments += [option, str(FOLDER / name / "model.h5")]
        train(DATASET, arguments, FOLDER / trial.name)


if __name__ == "__main__":
    main()
