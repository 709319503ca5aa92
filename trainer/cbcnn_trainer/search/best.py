"""The final round: trains the best network of each family to its end, and writes C for the winner.

A family that learns slowly shows what it can do only in a whole training. So the shorter ones of
the search choose within families, and the whole ones between them.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from cbcnn_codegen.generation import Request, generate
from cbcnn_codegen.memory import Budget
from cbcnn_trainer.outputs import Outputs
from cbcnn_trainer.progress import console
from cbcnn_trainer.search.candidate import dataset_of, train_candidate
from cbcnn_trainer.search.plan import Candidate, Job, Plan
from cbcnn_trainer.search.smallest import describe

BEST: Final = "best"
CODE: Final = "c"


def make_best(
    plan: Plan,
    finalists: Sequence[Candidate],
    folder: Path,
    *,
    ray: str | None = None,
    force: bool = False,
) -> dict[str, Any]:
    """Train the finalists, test the winner once, and generate C with its report.

    An interrupted round goes on where it was; what was trained to its end is not trained again.

    Args:
        plan: of the search.
        finalists: the networks, at least one.
        folder: of the search; the results lie in `best` of it.
        ray: address of a cluster of Ray that trains them; None for this process.
        force: replace another network's results.

    Returns:
        Paths of model and C, accuracies, and the sizes of the trained network.

    Raises:
        DoesNotFitError: training made the network larger than the limits, by some constants.
        ClusterError: the cluster cannot be reached, or went away.
    """
    jobs = [Job.to_end(plan, one, folder) for one in finalists]
    reached = _train(jobs, folder, ray)
    for one in finalists:
        console.print(
            f"finalist {one.number}: {describe(one.options)}: {one.cost}; validation accuracy "
            f"{reached[one.number]:.4f} at its end",
            markup=False,
        )
    winner = max(finalists, key=lambda one: (reached[one.number], -one.cost.flash_bytes))
    job = next(job for job in jobs if job.number == winner.number)
    outputs = Outputs.at(folder / BEST)
    metrics = _finish(job, jobs, outputs, force=force)
    rounds = [(one.number, reached[one.number]) for one in finalists]
    return {
        "number": winner.number,
        "finalists": [{"number": one, "validation_accuracy": by} for one, by in rounds],
        "model": str(outputs.model),
        "test_accuracy": metrics["test_accuracy"],
        "validation_accuracy": metrics["validation_accuracy"],
        **_generate(plan, outputs, force=force),
    }


def _train(jobs: Sequence[Job], folder: Path, ray: str | None) -> dict[int, float]:
    """Validation accuracy of each job's network at the end of its training."""
    if ray is not None:
        from cbcnn_trainer.search.cluster import train_on_ray

        return train_on_ray(jobs, folder, ray)
    reached: dict[int, float] = {}
    for job in jobs:

        def report(_epoch: int, accuracy: float, number: int = job.number) -> bool:
            reached[number] = accuracy
            return True

        train_candidate(job, report)
    return reached


def _finish(
    winner: Job, finalists: Sequence[Job], outputs: Outputs, *, force: bool
) -> dict[str, Any]:
    """Metrics of a network that was trained to its end, after its test."""
    from cbcnn_trainer.training import identify, train

    ids = {one.number: identify(one.settings, dataset_of(one)) for one in finalists}
    known, run_id = outputs.finished_run(), ids[winner.number]
    own = known in ids.values()
    if known != run_id:
        outputs.check_free(run_id, force=force or own, resume=True)
        outputs.model.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(Outputs.at(winner.checkpoint_folder).checkpoint, outputs.checkpoint)
    dataset = dataset_of(winner)
    return train(winner.settings, dataset, outputs, resume=True, force=force or own)


def _generate(plan: Plan, outputs: Outputs, *, force: bool) -> dict[str, Any]:
    """Write the C of a model; where it is, and what the trained network takes."""
    generated = generate(
        Request(
            model=outputs.model,
            target=plan.costs.target.name,
            optimize=plan.costs.optimize,
            budget=Budget(plan.limits.flash_bytes, plan.limits.ram_bytes),
        )
    )
    code = outputs.model.parent / CODE
    generated.write(code, force=force)
    report = generated.report
    return {
        "code": str(code),
        "flash_bytes": report.flash_bytes.total,
        "ram_bytes": report.ram_bytes.total,
    }
