"""Draws how the training went: curves over the epochs, and which classes it takes for which."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from cbcnn_codegen.evidence import Training
from cbcnn_codegen.page.picture import (
    WIDTH,
    Box,
    Label,
    PageTable,
    Picture,
    box,
    count,
    label,
    line,
    page_table,
    percent,
    picture,
)

_LEFT: Final = 42.0
_TOP: Final = 14.0
_RIGHT: Final = 6.0
_PLOT_HEIGHT: Final = 170.0
_GRID: Final = 4
_SHADES: Final = 8
_FEW: Final = 12
"""Classes whose cells have room for numbers, and whose table is short."""
_STYLES: Final = {"training": "curve train", "validation": "curve validation"}
_AXIS: Final = 22.0
"""Pixels for the numbers of the classes at the left and above."""


def draw_curves(training: Training) -> tuple[list[tuple[str, Picture]], PageTable]:
    """Accuracy and loss over the epochs, each with its caption; and the numbers."""
    epochs = training.epochs
    kept = f"epoch {training.kept_epoch} of {len(epochs)} was kept"
    accuracies = _series((one.accuracy, one.validation_accuracy) for one in epochs)
    losses = _series((one.loss, one.validation_loss) for one in epochs)
    pictures = [
        (name, _curves(training, name, f"{name} over the epochs; {kept}", values, limits))
        for name, values, limits in (
            ("Accuracy", accuracies, (0.0, 1.0)),
            ("Loss", losses, None),
        )
    ]
    rows = [
        [
            str(one.epoch),
            percent(one.accuracy),
            "-" if one.validation_accuracy is None else percent(one.validation_accuracy),
            f"{one.loss:.4f}",
            "-" if one.validation_loss is None else f"{one.validation_loss:.4f}",
        ]
        for one in epochs
    ]
    head = "epoch|accuracy, training|accuracy, validation|loss, training|loss, validation"
    return pictures, page_table("epochs", "Every epoch", head, rows, is_long=True)


def _series(values: Iterable[tuple[float, float | None]]) -> dict[str, list[float]]:
    """The figures of training and, where all epochs have some, of validation."""
    training, validation = zip(*values, strict=True)
    if None in validation:
        return {"training": list(training)}
    return {"training": list(training), "validation": list(validation)}


def _curves(
    training: Training,
    name: str,
    title: str,
    values: Mapping[str, Sequence[float]],
    limits: tuple[float, float] | None,
) -> Picture:
    """A line over the epochs for each of the series."""
    low, high = limits or (0.0, max(map(max, values.values())) * 1.05 or 1.0)
    last = training.epochs[-1].epoch
    width = WIDTH - _LEFT - _RIGHT

    def place(epoch: float, value: float) -> tuple[float, float]:
        along = (epoch - 1) / max(last - 1, 1)
        up = (value - low) / (high - low)
        return _LEFT + along * width, _TOP + (1 - up) * _PLOT_HEIGHT

    strokes, labels = [], []
    for step in range(_GRID + 1):
        value = low + (high - low) * step / _GRID
        y = place(1, value)[1]
        text = f"{value:.0%}" if limits else f"{value:.2f}"
        strokes.append(line([(_LEFT, y), (WIDTH - _RIGHT, y)], "rule"))
        labels.append(label(_LEFT - 6, y + 4, text, "small end"))
    kept_x = place(training.kept_epoch, low)[0]
    strokes.append(line([(kept_x, _TOP), (kept_x, _TOP + _PLOT_HEIGHT)], "kept"))
    for kind, series in values.items():
        points = [
            place(one.epoch, value) for one, value in zip(training.epochs, series, strict=True)
        ]
        strokes.append(line(points if len(points) > 1 else points * 2, _STYLES[kind]))
    bottom = _TOP + _PLOT_HEIGHT + 16
    labels += [
        label(_LEFT, bottom, "1", "small"),
        label(WIDTH - _RIGHT, bottom, f"epoch {last}", "small end"),
    ]
    ends = ", ".join(
        f"{kind} ends at {percent(series[-1]) if limits else f'{series[-1]:.4f}'}"
        for kind, series in values.items()
    )
    lines = "Two lines" if len(values) > 1 else "A line"
    description = f"{lines} over {len(training.epochs)} epochs: {ends}."
    return picture(
        f"{name.lower()}-picture", title, description, bottom + 6, strokes=strokes, labels=labels
    )


def draw_confusion(training: Training, names: Sequence[str]) -> tuple[Picture, PageTable]:
    """Rows are true classes, columns are answers; the darker, the more of a class's images."""
    matrix = training.confusion
    classes = len(matrix)
    side = (WIDTH - _AXIS - 2) / classes
    boxes: list[Box] = [box(_AXIS, _AXIS, side * classes, side * classes, "rail")]
    for row, counts in enumerate(matrix):
        whole = max(sum(counts), 1)
        for column, images in enumerate(counts):
            if images:
                shade = max(round(images / whole * _SHADES), 1)
                tip = f"{names[row]} taken for {names[column]}: {count(images)}"
                x, y = _AXIS + column * side, _AXIS + row * side
                gap = 0.5 if side < 12 else 1.5
                boxes.append(box(x, y, side - gap, side - gap, f"shade shade-{shade}", tip))
    labels = _numbers(classes, side)
    if classes <= _FEW:
        labels += _counts(matrix, side)
    right = sum(matrix[one][one] for one in range(classes))
    description = (
        f"{count(right)} of {count(training.test_images)} test images lie on the diagonal: their "
        f"answer is their class. Rows are true classes, columns are answers."
    )
    drawn = picture(
        "confusion-picture",
        "Which classes are taken for which",
        description,
        _AXIS + side * classes + 2,
        boxes=boxes,
        labels=labels,
    )
    return drawn, _class_table(matrix, names)


def _counts(matrix: Sequence[Sequence[int]], side: float) -> Iterator[Label]:
    """The number in each cell."""
    for row, counts in enumerate(matrix):
        for column, images in enumerate(counts):
            if images:
                style = "mid small on-dark" if images * 2 > sum(counts) else "mid small inside"
                x, y = _AXIS + (column + 0.5) * side, _AXIS + (row + 0.5) * side
                yield label(x, y + 4, count(images), style)


def _numbers(classes: int, side: float) -> list[Label]:
    """Numbers of classes at both axes, as many as there is room for."""
    every = next(step for step in (1, 2, 5, 10, 20, 50, 100, 1000) if side * step >= 16)
    labels = []
    for index in range(0, classes, every):
        middle = _AXIS + (index + 0.5) * side
        labels.append(label(_AXIS - 4, middle + 4, str(index), "small end"))
        labels.append(label(middle, _AXIS - 6, str(index), "small mid"))
    return labels


def _class_table(matrix: Sequence[Sequence[int]], names: Sequence[str]) -> PageTable:
    rows: list[list[str | int]] = []
    for index, counts in enumerate(matrix):
        others = [0 if column == index else images for column, images in enumerate(counts)]
        most = max(range(len(others)), key=lambda column: others[column])
        taken = f"{names[most]}, {others[most]} times" if others[most] else "none"
        share = percent(counts[index] / max(sum(counts), 1))
        rows.append([names[index], sum(counts), counts[index], share, taken])
    head = "class|test images|right|share|most often taken for"
    return page_table("classes", "Every class", head, rows, is_long=len(rows) > _FEW)
