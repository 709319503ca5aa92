"""Which of the usual scalings fits, by the answers of a network that knows only one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from cbcnn_inputs.errors import DataError, UsageError
from cbcnn_inputs.find_scaling import IMAGES, find_scaling
from cbcnn_inputs.scaling import Rescale, apply, parse_rescale

CLASSES = 10
PLANES = np.random.default_rng(3).integers(0, 256, (900, 1), dtype=np.uint8)


def nearest(values: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """The tenth of the range -1 to 1 that a value lies in; 0 and 9 for all beyond."""
    return np.clip((values[:, 0] + 1) * 5, 0, CLASSES - 1).astype(np.int64)


def answer(planes: npt.NDArray[Any], rescale: Rescale) -> npt.NDArray[np.int64]:
    return nearest(apply(rescale, planes))


def labels_for(text: str) -> npt.NDArray[np.int64]:
    return answer(PLANES, parse_rescale(text))


@pytest.mark.parametrize("truth", ["x/127.5-1", "x/255", "x/255-0.5"])
def test_the_scaling_of_the_training_fits_best(truth: str) -> None:
    found = find_scaling(PLANES, labels_for(truth), CLASSES, answer)
    assert found.best.name == truth
    assert found.best.accuracy is not None
    assert found.best.accuracy.share == 1
    shares = [trial.accuracy.share for trial in found.trials if trial.accuracy is not None]
    assert shares == sorted(shares, reverse=True)
    assert found.images == IMAGES


def test_all_are_shown_and_those_that_cannot_be_told_apart_are_marked() -> None:
    few = slice(40)
    text = find_scaling(PLANES[few], labels_for("x/127.5-1")[few], CLASSES, answer).describe()
    first, *lines = text.splitlines()
    assert first == "--rescale auto, on 40 images: x/127.5-1 fits"
    assert [line for line in lines if "do not tell it" in line and "x/128-1" in line]
    assert [line for line in lines if "do not tell it" not in line and "x/255" in line]
    assert len(lines) == 7


def test_every_part_of_the_data_is_tried() -> None:
    """Folders come sorted by class; the first images alone would all be of one."""
    seen: list[npt.NDArray[Any]] = []

    def remember(planes: npt.NDArray[Any], rescale: Rescale) -> npt.NDArray[np.int64]:
        seen.append(planes)
        return answer(planes, rescale)

    ordered = np.sort(PLANES, axis=0)
    find_scaling(ordered, answer(ordered, parse_rescale("x/255")), CLASSES, remember)
    assert seen[0].min() == ordered.min()
    assert seen[0].max() == ordered.max()


def test_a_scaling_that_is_refused_is_told_with_the_reason() -> None:
    def picky(planes: npt.NDArray[Any], rescale: Rescale) -> npt.NDArray[np.int64]:
        if rescale.offset == -1:
            raise UsageError("this one cannot be")
        return answer(planes, rescale)

    found = find_scaling(PLANES, labels_for("x/255"), CLASSES, picky)
    assert found.best.name == "x/255"
    assert found.describe().count("this one cannot be") == 2
    assert found.trials[-1].to_json()["accuracy"] is None


def refuses(labels: npt.NDArray[np.int64] | None, words: str, function: Callable[..., Any]) -> None:
    with pytest.raises(DataError, match=words) as refusal:
        find_scaling(PLANES, labels, CLASSES, function)
    assert "--rescale" in str(refusal.value) or "--data" in str(refusal.value)


def test_nothing_is_chosen_without_labels_or_where_nothing_fits() -> None:
    refuses(None, "which answers are right", answer)
    noise = np.random.default_rng(4).integers(0, CLASSES, len(PLANES))
    refuses(noise, "none of the usual scalings fits", answer)


def test_nothing_is_chosen_where_every_scaling_is_refused() -> None:
    def refuse(_planes: npt.NDArray[Any], _rescale: Rescale) -> npt.NDArray[np.int64]:
        raise UsageError("never")

    refuses(labels_for("x"), "none of the usual scalings fits", refuse)
