"""Trains the chosen network of a search to its end and writes its C."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cbcnn_codegen.generation import Request, generate
from cbcnn_codegen.memory import Budget
from cbcnn_trainer.load_data import load_data
from cbcnn_trainer.outputs import Outputs
from cbcnn_trainer.search.front import Point
from cbcnn_trainer.search.plan import Plan

BEST = "best"
CODE = "c"


def make_best(plan: Plan, point: Point, folder: Path, *, force: bool = False) -> dict[str, Any]:
    """Train, test once, and generate C with its report; goes on where it was interrupted.

    Args:
        plan: of the search.
        point: the network.
        folder: of the search; the results lie in `best` of it.
        force: replace another network's.

    Returns:
        Paths of model and C, accuracies, and the sizes of the trained network.

    Raises:
        DoesNotFitError: training made the network larger than the limits, by some constants.
    """
    from cbcnn_trainer.training import train

    chosen = plan.settings(point.options)
    dataset = load_data(chosen, plan.data, skip_bad=plan.skip_bad, quiet=True)
    outputs = Outputs.at(folder / BEST)
    metrics = train(chosen, dataset, outputs, resume=True, force=force)
    generated = generate(
        Request(
            model=outputs.model,
            target=plan.costs.target.name,
            optimize=plan.costs.optimize,
            budget=Budget(plan.limits.flash_bytes, plan.limits.ram_bytes),
        )
    )
    code = folder / BEST / CODE
    generated.write(code, force=force)
    report = generated.report
    return {
        "number": point.number,
        "model": str(outputs.model),
        "code": str(code),
        "test_accuracy": metrics["test_accuracy"],
        "validation_accuracy": metrics["validation_accuracy"],
        "flash_bytes": report.flash_bytes.total,
        "ram_bytes": report.ram_bytes.total,
    }
