"""Measure each layer of an inference on a board, beside what the profiler predicts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from cbcnn_codegen.board.counts import Unit
from cbcnn_codegen.board.device import Device, StackUse
from cbcnn_codegen.board.protocol import Command, Format
from cbcnn_codegen.errors import BoardError, MissingToolError, UsageError
from cbcnn_codegen.progress import Progress, no_progress
from cbcnn_codegen.verify.data import Samples
from cbcnn_codegen.verify.project import Project

TOTAL: Final = "total"


@dataclass(frozen=True)
class Row:
    """A layer, or the whole; amounts are cycles or instructions.

    Attributes:
        low, middle, high: of the runs.
        products: of weights with signs and image integers.
        predicted: by the profiler, None without a prediction.
    """

    name: str
    low: int
    middle: int
    high: int
    products: int
    predicted: int | None

    def to_json(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        return {
            "name": self.name,
            "min": self.low,
            "median": self.middle,
            "max": self.high,
            "products": self.products,
            "per_product": self.middle / self.products if self.products else None,
            "predicted": self.predicted,
        }


@dataclass(frozen=True)
class _Prediction:
    """Amounts by layer and of the whole, and their source, or why there are none."""

    layers: dict[str, int]
    whole: int | None
    source: str


@dataclass(frozen=True)
class Bench:
    """A benchmark.

    Attributes:
        rows: of the layers.
        total: of the whole network, what is between the layers included.
        prediction: its source, or why there is none.
    """

    unit: Unit
    runs: int
    rows: tuple[Row, ...]
    total: Row
    stack: StackUse | None
    stack_bound: int | None
    prediction: str

    def to_json(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        milliseconds = self.unit.milliseconds(self.total.middle)
        return {
            "unit": self.unit.name,
            "runs": self.runs,
            self.unit.name: self.total.middle,
            f"{self.unit.name}_range": {
                "min": self.total.low,
                "median": self.total.middle,
                "max": self.total.high,
            },
            "milliseconds": milliseconds,
            "images_per_second": 1000 / milliseconds if milliseconds else None,
            "clock_hz": self.unit.hz or None,
            "products": self.total.products,
            "per_product": self.total.middle / self.total.products,
            "predicted": self.total.predicted,
            "prediction": self.prediction,
            "stack_bytes": self.stack.model if self.stack else None,
            "stack_bound_bytes": self.stack_bound,
            "stack_deepest_bytes": self.stack.deepest if self.stack else None,
            "stack_reserved_bytes": self.stack.reserved if self.stack else None,
            "layers": [row.to_json() for row in self.rows],
        }


def run_bench(
    device: Device,
    unit: Unit | None,
    project: Project,
    sample: Samples,
    runs: int,
    progress: Progress = no_progress,
) -> Bench:
    """Measure on a device, with one image.

    Args:
        device: with the firmware of `project`.
        unit: of its counter; None if it has none.
        project: the generated code.
        sample: one image, of the network's own input.
        runs: how many inferences.
        progress: receives how far it is.

    Raises:
        BoardError: it has no counter, or stopped answering.
    """
    if unit is None or not device.info.has(Command.BENCH):
        raise BoardError(
            f"the firmware on {device.info.board} cannot measure",
            found=f"counter: {device.info.counter}",
            suggestion="verify works without a counter",
        )
    progress("measuring", 0, runs)
    device.classify(sample.planes[0], Format.PLANE)
    ticks = device.bench(runs)
    stack = device.stack(run=True) if device.info.has(Command.STACK) else None
    progress("predicting", runs, runs)
    prediction = _predict(project, sample, unit)
    rows = _rows(project, np.asarray(ticks, np.float64) * unit.factor, prediction)
    return Bench(
        unit=unit,
        runs=len(ticks),
        rows=tuple(rows[1:]),
        total=rows[0],
        stack=stack,
        stack_bound=device.info.stack_bound or None,
        prediction=prediction.source,
    )


def _rows(project: Project, amounts: Any, prediction: _Prediction) -> list[Row]:
    """The whole network, then its layers, from one row of amounts for each run."""
    products = [layer.products.total for layer in project.layers]
    names = [layer.name for layer in project.layers]
    predicted = [prediction.layers.get(name) for name in names]
    columns = zip(
        (TOTAL, *names),
        (sum(products), *products),
        (prediction.whole, *predicted),
        amounts.T,
        strict=True,
    )
    return [_row(name, values, count, expected) for name, count, expected, values in columns]


def _row(name: str, values: Any, products: int, predicted: int | None) -> Row:
    low, middle, high = (round(float(f(values))) for f in (np.min, np.median, np.max))
    return Row(name, low, middle, high, products, predicted)


def _predict(project: Project, sample: Samples, unit: Unit) -> _Prediction:
    """The profiler's amounts for each layer and the whole, in the unit of the measurement."""
    from cbcnn_codegen.profile.run import Profiler, choose_target

    try:
        target, _ = choose_target(project, None)
        profile = Profiler(project, target, sample).run()
    except (MissingToolError, UsageError) as error:
        return _Prediction({}, None, f"none: {error.what}")
    instructions = unit.name == "instructions"
    whole = profile.instructions if instructions else profile.cycles
    if whole is None:
        return _Prediction({}, None, f"none: the profiler has no cycle times for {target.name}")
    amounts = {
        layer.name: layer.instructions if instructions else layer.cycles for layer in profile.layers
    }
    known = {name: amount for name, amount in amounts.items() if amount is not None}
    how = "counted" if instructions else "estimated, zero wait states"
    return _Prediction(known, whole, f"cbcnn-profile, {how}")
