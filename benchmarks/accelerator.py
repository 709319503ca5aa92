"""Trains a recipe of `cbcnn-train` on an accelerator, in JAX.

Where TensorFlow and Larq are, this makes a folder of less than 64 MiB a file:

    python -m benchmarks.accelerator prepare gtsrb --data DIR --config recipe.toml -o JOB

Where the accelerator is, with JAX, Keras 3, h5py and NumPy and nothing else of this tool's
requirements, this trains, for some minutes or to the end, and goes on where it was:

    python -m benchmarks.accelerator train JOB --minutes 4 --seeds 3

`JOB/model-SEED.h5` then is a model file as `cbcnn-train` writes it: `cbcnn-codegen`,
`cbcnn-verify` and `cbcnn-train evaluate` take it.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from cbcnn_inputs.errors import CbcnnError


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accelerator")
    commands = parser.add_subparsers(dest="command", required=True)
    prepare = commands.add_parser("prepare", help="make what travels to the accelerator")
    prepare.add_argument("dataset", help="as of cbcnn-train: gtsrb, mnist, …, folder")
    prepare.add_argument("--data", type=Path)
    prepare.add_argument("--config", type=Path, help="recipe.toml")
    prepare.add_argument("--start-from", type=Path)
    prepare.add_argument("--teacher", type=Path, action="append", default=[])
    prepare.add_argument("-o", "--out", type=Path, required=True)
    train = commands.add_parser("train", help="train, or go on")
    train.add_argument("folder", type=Path)
    train.add_argument("--minutes", type=float, help="begin no epoch after so many")
    train.add_argument("--epochs", type=int, help="at most so many in this piece")
    train.add_argument("--seeds", type=int, default=1, help="one after the other")
    train.add_argument("--threads", type=int, help="of the processor, where JAX computes on it")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code."""
    given = _parser().parse_args(arguments)
    try:
        return _prepare(given) if given.command == "prepare" else _train(given)
    except CbcnnError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code


def _prepare(given: argparse.Namespace) -> int:
    from cbcnn_trainer import settings
    from cbcnn_trainer.lacking import OF_ACCELERATORS, demand_defaults

    options = settings.read_toml(given.config) if given.config else {}
    chosen = settings.resolve(given.dataset, options)
    demand_defaults(chosen, OF_ACCELERATORS, "the loop for accelerators")
    from cbcnn_trainer.accelerated.prepare import prepare
    from cbcnn_trainer.load_data import load_data
    from cbcnn_trainer.origins import Origins

    dataset = load_data(chosen, given.data)
    prepare(chosen, dataset, given.out, Origins(given.start_from, tuple(given.teacher)))
    for path in sorted(given.out.iterdir()):
        print(f"{path}  {path.stat().st_size / (1 << 20):.1f} MiB")
    return 0


def _train(given: argparse.Namespace) -> int:
    """Train every seed, one after the other, for the minutes that there are."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    if given.threads:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: given.threads])
    from cbcnn_trainer.accelerated.job import load_job, open_models

    models, first = open_models(given.folder), load_job(given.folder).recipe.seed
    from cbcnn_trainer.accelerated.run import run  # starts JAX, beside which nothing may fork

    end = None if given.minutes is None else time.monotonic() + 60 * given.minutes
    done = True
    for seed in range(first, first + given.seeds):
        left = None if end is None else max(0.0, end - time.monotonic())
        done &= run(given.folder, models, seed, seconds=left, epochs=given.epochs, tell=_say)
    if not done:
        _say("not done: the same command goes on")
    return 0


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
