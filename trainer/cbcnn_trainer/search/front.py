"""What a search found: the Pareto front as values, a table and JSON."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console

from cbcnn_inputs.terminal import Cells, Column, print_table
from cbcnn_trainer.search.cost import Cost
from cbcnn_trainer.search.plan import Candidate, Plan
from cbcnn_trainer.search.smallest import describe
from cbcnn_trainer.search.space import Options
from cbcnn_trainer.search.study import Study


@dataclass(frozen=True)
class Point:
    """A network of the front.

    Attributes:
        number: of its trial.
        options: its settings.
        cost: measured by the target's compiler; instructions and time are estimated.
        accuracy: best validation accuracy in its epochs of the search.
        command: trains it to the end.
    """

    number: int
    options: Options
    cost: Cost
    accuracy: float
    command: str

    @classmethod
    def of(cls, plan: Plan, candidate: Candidate, accuracy: float) -> Point:
        """The point of a candidate."""
        command = plan.command(candidate.options, f"network-{candidate.number}.h5")
        return cls(candidate.number, candidate.options, candidate.cost, accuracy, command)

    def to_json(self) -> dict[str, Any]:
        """The values that a script reads."""
        cost = asdict(self.cost)
        return {
            "number": self.number,
            **cost,
            "validation_accuracy": self.accuracy,
            "settings": self.options,
            "command": self.command,
        }


@dataclass(frozen=True)
class Result:
    """The state of a search, finished or not.

    Attributes:
        plan: of the search.
        front: the cheapest first.
        trained: accuracy and cost of every candidate of which an epoch was trained.
        counts: of networks; see `Study.counts`.
        finalists: the best network of each family.
    """

    plan: Plan
    front: Sequence[Point]
    trained: Sequence[tuple[Cost, float]]
    counts: Mapping[str, int]
    finalists: Sequence[Candidate]

    @classmethod
    def of(cls, study: Study, earlier: Collection[int] = ()) -> Result:
        """What the study knows now; `earlier` are finalists of earlier runs."""
        points = [Point.of(study.plan, one, accuracy) for one, accuracy in study.front()]
        trained = [(one.cost, accuracy) for one, accuracy, _ in study.trained()]
        return cls(study.plan, points, trained, study.counts(), study.finalists(earlier))

    def to_json(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        plan = self.plan
        return {
            "target": plan.costs.target.name,
            "optimize": plan.costs.optimize,
            "dataset": plan.dataset,
            "limits": asdict(plan.limits),
            "epochs": plan.epochs,
            "networks": dict(self.counts),
            "front": [point.to_json() for point in self.front],
        }


def print_result(console: Console, result: Result) -> None:
    """The front as a table, then the command for each of its networks."""
    counts, has_time = result.counts, any(p.cost.latency_ms is not None for p in result.front)
    console.print(
        f"{counts['considered']:,} networks considered, {counts['too_large']:,} do not fit, "
        f"{counts['begun']:,} trained, {counts['dropped']:,} of them dropped early",
        soft_wrap=True,
    )
    columns = [
        Column("network"),
        *(Column(title) for title in ("validation accuracy", "flash", "RAM", "instructions")),
        *([Column("ms")] if has_time else []),
        Column("what it is", "text"),
    ]
    print_table(console, columns, [_row(point, has_time=has_time) for point in result.front])
    for point in result.front:
        console.print(f"{point.number}: {point.command}", soft_wrap=True, markup=False)


def _row(point: Point, *, has_time: bool) -> Cells:
    cost = point.cost
    counts = (cost.flash_bytes, cost.ram_bytes, cost.instructions)
    return Cells(
        [
            str(point.number),
            f"{point.accuracy:.2%}",
            *(f"{count:,}" for count in counts),
            *([f"{cost.latency_ms or 0:.1f}"] if has_time else []),
            describe(point.options),
        ]
    )
