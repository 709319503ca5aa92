"""Train the trials of docs/effects.md and write the page."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks import trainer
from benchmarks.effects import store
from benchmarks.effects.report import write_page
from benchmarks.effects.trials import LONG_RECIPE, RUNS, Run
from benchmarks.networks import store as networks

FOLDER: Final = trainer.RUNS / "effects"
_ROOT: Final = Path(__file__).resolve().parents[2]
_TRAIN: Final = """Train runs into runs/effects/NAME; one that was interrupted goes on.

CBCNN_DATA names the folder of the data sets. A long run takes a quarter of an hour on two cores
with bfloat16. The base of the long ones is another command's, for instance
python -m benchmarks.networks train gtsrb-small-seed-2."""


def main() -> None:
    """Do what the first argument says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.effects", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    known = {run.name: run for run in RUNS}
    training = verbs.add_parser(
        "train",
        help="train runs into runs/effects/NAME",
        description=_TRAIN,
        epilog="names, most interesting first:\n  " + "\n  ".join(known),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    training.add_argument("names", nargs="*", metavar="NAME", help="which; all unless given")
    verbs.add_parser("collect", help="store what the runs noted, then write the page")
    verbs.add_parser("render", help="write the page anew, of what is stored")
    given = parser.parse_args()
    if given.verb == "train":
        unknown = [name for name in given.names if name not in known]
        if unknown:
            training.error(f"no run is called {', '.join(unknown)}")
        _train([known[name] for name in given.names] or RUNS)
        return
    if given.verb == "collect":
        store.write(store.collect(FOLDER))
    write_page(store.read(), networks.read())


def _train(runs: Sequence[Run]) -> None:
    for run in runs:
        words = [str(_ROOT / word) if word == LONG_RECIPE else word for word in run.arguments]
        if run.trial.start_from is not None:
            words += ["--start-from", str(FOLDER / run.trial.start_from / "model.h5")]
        if run.trial.teacher is not None:
            folder = trainer.RUNS if run.long else FOLDER
            words += ["--teacher", str(folder / run.trial.teacher / "model.h5")]
        trainer.train(run.dataset, words, FOLDER / run.name)


if __name__ == "__main__":
    main()
