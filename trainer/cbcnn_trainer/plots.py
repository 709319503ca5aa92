"""The pictures of a training run, drawn without a display."""

from __future__ import annotations

import io
import math
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from cbcnn_inputs.datasets import Dataset
from cbcnn_inputs.rejection import Rejection, coverage_curve, tell
from cbcnn_trainer.evaluation import Evaluation
from cbcnn_trainer.outputs import Outputs

History = Sequence[dict[str, float]]

SHEET_COLUMNS = 8
SHEET_ROWS = 5
_LONG_NAMES = 20
_SHORT_NAME = 3
_SHEET_INCHES = 1.5
"""Inches of the side of an image on the sheet."""
_TITLE = 23
"""Characters that fit above an image."""
_LINE_INCHES = 0.12
"""Inches of the height of a line of text."""


def draw_all(
    outputs: Outputs, dataset: Dataset, history: History, result: Evaluation
) -> dict[Path, bytes]:
    """Every picture in `outputs.PICTURES`: path to content."""
    matplotlib.use("Agg")
    figures = {
        "classes": class_distribution(dataset),
        "accuracy": curve(history, "accuracy"),
        "loss": curve(history, "loss"),
        "confusion": confusion_matrix(result, dataset.class_names),
        "misclassified": misclassified_sheet(dataset, result),
    }
    return {outputs.picture(name): to_png(figure) for name, figure in figures.items()}


def draw_coverage(
    outputs: Outputs, scores: NDArray[np.float32], labels: NDArray[np.int64], rejection: Rejection
) -> dict[Path, bytes]:
    """The picture of a model that may give no answer: path to content."""
    matplotlib.use("Agg")
    figure = Figure(figsize=(6.0, 4.0), layout="constrained")
    axes = figure.subplots()
    coverage, accuracy = coverage_curve(scores, labels)
    axes.plot(100 * coverage, 100 * accuracy)
    told = tell(rejection, scores, labels)
    axes.plot(100 * told["coverage"], 100 * told["accuracy_of_answers"], "o")
    axes.annotate(
        f"as chosen: {told['coverage']:.1%} of the images, {told['accuracy_of_answers']:.2%} right",
        (100 * told["coverage"], 100 * told["accuracy_of_answers"]),
        textcoords="offset points",
        xytext=(-8, -14),
        ha="right",
        fontsize=8,
    )
    axes.set_xlabel("test images that get an answer, %")
    axes.set_ylabel("right answers, %")
    axes.grid(alpha=0.3)
    return {outputs.picture("coverage"): to_png(figure)}


def class_distribution(dataset: Dataset) -> Any:
    """Bars: number of images of each class in each part of the data set."""
    names = dataset.class_names
    figure = Figure(figsize=(max(6.0, 0.28 * len(names)), 4.5), layout="constrained")
    axes = figure.subplots()
    bottom = np.zeros(len(names))
    for part in ("train", "validation", "test"):
        counts = np.bincount(getattr(dataset, part).labels, minlength=len(names))
        axes.bar(np.arange(len(names)), counts, bottom=bottom, label=part)
        bottom += counts
    axes.set_xlim(-0.7, len(names) - 0.3)
    axes.set_xticks(np.arange(len(names)), names, rotation=_rotation(names), fontsize=8)
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.set_ylabel("images")
    axes.set_title(f"{dataset.name}: images of each class")
    _add_legend(figure, 3)
    return figure


def curve(history: History, name: str) -> Any:
    """Lines over the epochs: `name`, "accuracy" or "loss", in training and, where it was measured,
    in validation.
    """
    figure = Figure(figsize=(6.0, 4.0), layout="constrained")
    axes = figure.subplots()
    epochs = [row["epoch"] for row in history]
    mark = "." if len(history) < 60 else ""
    factor = 100 if name == "accuracy" else 1
    for label, key in (("training", name), ("validation", f"val_{name}")):
        values = [factor * row[key] for row in history]
        if not any(map(math.isnan, values)):
            axes.plot(epochs, values, marker=mark, label=label)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.set_xlabel("epoch")
    axes.set_ylabel("accuracy, %" if name == "accuracy" else name)
    axes.grid(alpha=0.3)
    _add_legend(figure, 2)
    return figure


def _add_legend(figure: Any, columns: int) -> None:
    """Put the legend below the axes, where it covers nothing; finding room inside is slow."""
    figure.legend(loc="outside lower center", ncols=columns, frameon=False)


def _rotation(names: Sequence[str]) -> int:
    """Degrees by which to turn names below an axis; digits fit as they are."""
    return 0 if max(map(len, names)) <= _SHORT_NAME else 90


def confusion_matrix(result: Evaluation, names: tuple[str, ...]) -> Any:
    """Share of each true class (row) that is predicted as each class (column)."""
    side = max(5.0, 0.22 * len(names) + 2)
    figure = Figure(figsize=(side, side), layout="constrained")
    axes = figure.subplots()
    totals = np.maximum(result.confusion.sum(axis=1, keepdims=True), 1)
    axes.imshow(result.confusion / totals, cmap="Blues", vmin=0, vmax=1)
    ticks = np.arange(len(names))
    size = 8 if len(names) < _LONG_NAMES else 6
    axes.set_xticks(ticks, names, rotation=_rotation(names), fontsize=size)
    axes.set_yticks(ticks, names, fontsize=size)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    axes.set_title(f"test accuracy {result.accuracy:.2%}")
    if len(names) < _LONG_NAMES:
        for (row, column), count in np.ndenumerate(result.confusion):
            if count:
                dark = count / totals[row, 0] > 0.5
                colour = "white" if dark else "black"
                axes.text(
                    column, row, str(count), ha="center", va="center", fontsize=7, color=colour
                )
    return figure


def misclassified_sheet(dataset: Dataset, result: Evaluation) -> Any:
    """The first misclassified test images, with the true and the predicted class.

    As many rows as they need, all of nearly one length.
    """
    wrong = np.flatnonzero(result.labels != result.predictions)
    shown = wrong[: SHEET_COLUMNS * SHEET_ROWS]
    rows = math.ceil(len(shown) / SHEET_COLUMNS)
    columns = math.ceil(len(shown) / max(rows, 1))
    titles = [_title(dataset, result, index) for index in shown]
    lines = max((text.count("\n") + 1 for text in titles), default=0)
    height = rows * (_SHEET_INCHES + _LINE_INCHES * (lines + 1)) + 0.5
    figure = Figure(figsize=(max(columns * _SHEET_INCHES, 6.0), height), layout="constrained")
    title = f"{len(wrong):,} of {len(result.labels):,} test images are classified wrong"
    figure.suptitle(title + (f", the first {len(shown)}:" if len(shown) < len(wrong) else ""))
    for position, (index, text) in enumerate(zip(shown, titles, strict=True), start=1):
        place = figure.add_subplot(rows, columns, position)
        place.axis("off")
        image = dataset.test.images[index]
        place.imshow(image, cmap="gray" if image.ndim == 2 else None, vmin=0, vmax=255)
        place.set_title(text, fontsize=7)
    return figure


def _title(dataset: Dataset, result: Evaluation, index: int) -> str:
    """The true and the predicted class of a test image, in lines that fit above it."""
    true = dataset.class_names[result.labels[index]]
    predicted = dataset.class_names[result.predictions[index]]
    return "\n".join((*textwrap.wrap(true, _TITLE), *textwrap.wrap(f"as {predicted}", _TITLE)))


def to_png(figure: Any) -> bytes:
    """A PNG without the date and version that Matplotlib would put in."""
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=110, metadata={})
    return content.getvalue()
