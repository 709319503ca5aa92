"""Runs a search from its first proposal to its results."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from cbcnn_codegen.boards import known_boards
from cbcnn_inputs import claims
from cbcnn_inputs.errors import OutputError
from cbcnn_inputs.files import check_writable
from cbcnn_inputs.together import replace_together
from cbcnn_trainer.search.front import Result
from cbcnn_trainer.search.here import search_here
from cbcnn_trainer.search.picture import draw_search
from cbcnn_trainer.search.plan import CANDIDATES, FINALISTS, Plan
from cbcnn_trainer.search.ray_process import LOG
from cbcnn_trainer.search.smallest import demand_some_fit, refuse
from cbcnn_trainer.search.study import JOURNAL, Study

RESULT: Final = "search.json"
PICTURE: Final = "search.png"


def search(
    plan: Plan,
    folder: Path,
    *,
    trials: int,
    seconds: float | None = None,
    ray: str | None = None,
) -> Result:
    """Search, and write the results, also those of a search that is interrupted.

    Args:
        plan: of the search; an interrupted one in `folder` has the same.
        folder: for the study, checkpoints and results.
        trials: networks to train at least an epoch of, those of earlier runs included.
        seconds: after which nothing is begun any more; None for no limit.
        ray: address of a cluster of Ray, "local" for this machine's cores; None for this process.

    Raises:
        DoesNotFitError: no network fits.
        OutputError: the folder holds another search, or cannot be written.
        ClusterError: the cluster cannot be reached, or went away.
    """
    demand_some_fit(plan)
    study = Study(plan, folder)
    deadline = None if seconds is None else time.monotonic() + seconds
    try:
        if ray is None:
            search_here(study, folder, trials, deadline)
        else:
            from cbcnn_trainer.search.cluster import search_on_ray

            search_on_ray(study, folder, trials, deadline, ray)
    finally:
        result = write_results(study, folder)
    if not result.counts["begun"] and study.closest is not None:
        refuse(plan, study.closest[1])
    return result


def write_results(study: Study, folder: Path) -> Result:
    """Write JSON and picture of what is known now."""
    trained = (folder / FINALISTS).glob("*/checkpoint.npz")
    result = Result.of(study, [int(one.parent.name) for one in trained])
    files = {RESULT: (json.dumps(result.to_json(), indent=1) + "\n").encode()}
    if result.trained:
        files[PICTURE] = draw_search(result, known_boards())
    replace_together(folder, files, keep_folder=True)
    return result


@contextmanager
def held(folder: Path, *, resume: bool, force: bool) -> Iterator[None]:
    """Let no other search write to a folder meanwhile.

    Args:
        folder: of the search.
        resume: go on with the search that is there.
        force: remove the search that is there.

    Raises:
        OutputError: another one does, or the folder holds a search that nobody allows to touch.
    """
    check_writable(folder)
    with claims.hold(folder / ".search.lock") as holder:
        if holder is not None:
            raise OutputError(
                f"another search is writing to {folder}",
                found=holder,
                suggestion="wait for it, or another -o",
            )
        existing = [name for name in (JOURNAL, RESULT) if (folder / name).exists()]
        if existing and force:
            _remove(folder)
        elif existing and not resume:
            raise OutputError(
                f"{folder} already holds a search",
                found=", ".join(existing),
                suggestion="--resume to go on with it, another -o, or --force to replace it",
            )
        yield


def _remove(folder: Path) -> None:
    for name in (JOURNAL, RESULT, PICTURE, LOG):
        (folder / name).unlink(missing_ok=True)
    for room in (CANDIDATES, FINALISTS):
        if (folder / room).is_dir():
            claims.remove_tree(folder / room)


def told(result: Result, best: dict[str, Any] | None) -> dict[str, Any]:
    """The object that `--json` prints."""
    return {**result.to_json(), **({} if best is None else {"best": best})}
