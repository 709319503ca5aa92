"""Rectangles of random sizes get random levels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("larq", reason="needs the [train] extra")

from cbcnn_trainer.keras2 import batches, erasing
from cbcnn_trainer.keras2.backend import tf
from cbcnn_trainer.keras2.levels import Range
from cbcnn_trainer.presets import Augmentation


def test_rectangles_have_the_sizes_of_the_paper_and_lie_inside() -> None:
    rows = erasing.draw(5000, 0.6, np.random.default_rng(0))
    some = rows[rows[:, 2] >= 0]
    assert len(some) / len(rows) == pytest.approx(0.6, abs=0.03)
    height, width = 2 * some[:, 2].astype(float), 2 * some[:, 3].astype(float)
    whole = (height < 1) & (width < 1)  # others are cut to the image
    area, ratio = (height * width)[whole], (height / width)[whole]
    assert 0.0199 < area.min() < 0.03
    assert 0.35 < area.max() < 0.401
    assert 0.299 < ratio.min() < 0.31
    assert 3.2 < ratio.max() < 3.34
    for centre, half in ((some[:, 0], some[:, 2]), (some[:, 1], some[:, 3])):
        assert (centre - half).min() > -1e-6
        assert (centre + half).max() < 1 + 1e-6
    assert (erasing.draw(10, 0.0, np.random.default_rng(0)) == -1).all()


def test_levels_in_a_rectangle_are_random_integers_of_the_range_and_others_stay() -> None:
    planes = np.full((2, 20, 10, 3), 500, np.float32)
    rectangles = np.array([[0.5, 0.25, 0.25, 0.25], [0.5, 0.5, -1, -1]], np.float32)
    found = erasing.erase(planes, rectangles, [1, 2], Range(-127, 0, 127)).numpy()
    rows, columns, _ = np.nonzero(found[0] != 500)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (5, 14, 0, 4)
    erased = found[0, 5:15, :5]
    assert np.array_equal(erased, np.rint(erased))
    assert np.abs(erased).max() <= 127
    assert erased.min() < -100
    assert erased.max() > 100
    np.testing.assert_array_equal(found[1], planes[1])


def test_an_epoch_repeats_and_is_otherwise_as_without() -> None:
    planes = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 1), dtype=np.uint8)
    rows = np.eye(4, dtype=np.float32)[np.arange(40) % 4]

    def epoch(share: float) -> list[Any]:
        limits = Augmentation(erasing=share, noise=0.05, shift=0.1)
        data = batches.training(tf.constant(planes), rows, ORDER, limits=limits, epoch=1)
        return [np.concatenate(part) for part in zip(*data.as_numpy_iterator(), strict=True)]

    without, erased, again = epoch(0), epoch(0.5), epoch(0.5)
    np.testing.assert_array_equal(erased[0], again[0])
    np.testing.assert_array_equal(erased[1], without[1])
    same = (erased[0] == without[0]).all(axis=(1, 2, 3))
    assert 8 < same.sum() < 32


ORDER = batches.Order(16, 3)
