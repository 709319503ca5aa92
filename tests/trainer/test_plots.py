"""Pictures of a run."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from support.figures import assert_texts_are_free
from support.tools import require_module

DIGITS = tuple("0123456789")
SIGNS = tuple(f"end of no overtaking by trucks {number}" for number in range(43))


@pytest.fixture(autouse=True)
def _matplotlib() -> None:
    require_module("matplotlib", "train")


def part(images: int, classes: int) -> Any:
    return SimpleNamespace(
        labels=np.arange(images) % classes, images=np.zeros((images, 8, 8, 3), np.uint8)
    )


def dataset(names: tuple[str, ...]) -> Any:
    parts = {name: part(1200, len(names)) for name in ("train", "validation", "test")}
    return SimpleNamespace(name="some", class_names=names, **parts)


def answers(names: tuple[str, ...], wrong: int) -> Any:
    labels = np.arange(1200) % len(names)
    predictions = labels.copy()
    predictions[:wrong] = (predictions[:wrong] + 1) % len(names)
    confusion = np.zeros((len(names), len(names)), np.int64)
    np.add.at(confusion, (labels, predictions), 1)
    return SimpleNamespace(
        labels=labels,
        predictions=predictions,
        confusion=confusion,
        accuracy=1 - wrong / len(labels),
    )


@pytest.mark.parametrize("epochs", [1, 2, 7, 60, 1000])
@pytest.mark.parametrize("name", ["accuracy", "loss"])
def test_a_curve_counts_whole_epochs_and_its_legend_has_a_place_of_its_own(
    name: str, epochs: int
) -> None:
    """Matplotlib warns when the search for a free place takes long, as on a busy machine."""
    from cbcnn_trainer.plots import curve

    history = [
        {"epoch": epoch, name: 0.5 + 0.4 * epoch / epochs, f"val_{name}": 0.4}
        for epoch in range(1, epochs + 1)
    ]
    figure = curve(history, name)
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["training", "validation"]
    (axes,) = figure.axes
    assert axes.get_legend() is None
    assert_texts_are_free(figure)
    assert not legend.get_window_extent().overlaps(axes.get_window_extent())
    low, high = axes.get_xlim()
    ticks = [tick for tick in axes.get_xticks() if low <= tick <= high]
    assert ticks
    assert all(tick == int(tick) for tick in ticks)


@pytest.mark.parametrize("wrong", [0, 1, 2, 7, 8, 9, 17, 33, 40, 41, 1000])
@pytest.mark.parametrize("names", [DIGITS, SIGNS], ids=["short names", "long names"])
def test_the_sheet_of_wrong_answers_is_full(names: tuple[str, ...], wrong: int) -> None:
    from cbcnn_trainer.plots import misclassified_sheet

    figure = misclassified_sheet(dataset(names), answers(names, wrong))
    shown = min(wrong, 40)
    assert len(figure.axes) == shown
    assert_texts_are_free(figure)
    if shown:
        grid = figure.axes[0].get_subplotspec().get_gridspec()
        assert grid.nrows == math.ceil(shown / 8)
        assert grid.nrows * grid.ncols - shown < grid.nrows
    else:
        assert figure.get_figheight() < 1


@pytest.mark.parametrize("names", [DIGITS, SIGNS, SIGNS[:2]], ids=len)
def test_names_of_classes_can_be_read(names: tuple[str, ...]) -> None:
    from cbcnn_trainer.plots import class_distribution, confusion_matrix

    distribution = class_distribution(dataset(names))
    assert_texts_are_free(distribution)
    assert_texts_are_free(confusion_matrix(answers(names, 100), names))
    (axes,) = distribution.axes
    turned = {label.get_rotation() for label in axes.get_xticklabels()}
    assert turned == ({0.0} if names is DIGITS else {90.0})
    left, right = axes.get_xlim()
    assert right - left < len(names) + 1
