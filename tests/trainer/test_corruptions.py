"""Disturbed images: what each disturbance does, and how the accuracy on them is reported."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cbcnn_inputs.errors import DataError
from cbcnn_trainer import corruptions

COLOUR = np.random.default_rng(0).integers(0, 256, (30, 9, 7, 3)).astype(np.uint8)
GREY = COLOUR[..., 0]


@pytest.mark.parametrize("images", [COLOUR, GREY], ids=["colour", "grey"])
def test_every_corruption_keeps_shape_and_type_and_changes_something(images: NDArray[Any]) -> None:
    seen = set()
    for name, amount, unit, disturbed in corruptions.corrupted(images):
        assert disturbed.shape == images.shape
        assert disturbed.dtype == np.uint8
        assert not np.array_equal(disturbed, images)
        assert unit
        seen.add((name, amount))
    assert {name for name, _ in seen} == {"brightness", "contrast", "blur", "noise", "shift"}
    assert len(seen) == 16


def test_brightness_and_contrast_clip_at_the_ends() -> None:
    levels = np.array([[[0, 100, 250]]], np.uint8)
    assert corruptions.brighten(levels, 10).tolist() == [[[10, 110, 255]]]
    assert corruptions.brighten(levels, -10).tolist() == [[[0, 90, 240]]]
    assert corruptions.contrast(levels, 0.5).tolist() == [[[64, 114, 189]]]
    assert corruptions.contrast(levels, 1.5).tolist() == [[[0, 86, 255]]]


def test_blur_lowers_the_differences_and_leaves_the_mean() -> None:
    blurred = corruptions.blur(GREY, 1.0)
    assert blurred.std() < GREY.std() / 2
    assert blurred.mean() == pytest.approx(GREY.mean(), abs=2)


def test_noise_has_the_deviation_asked_for_and_repeats() -> None:
    even = np.full((50, 8, 8), 128, np.uint8)
    noisy = corruptions.add_noise(even, 10)
    assert noisy.std() == pytest.approx(10, rel=0.05)
    np.testing.assert_array_equal(noisy, corruptions.add_noise(even, 10))


def test_a_shift_moves_every_image_to_one_of_four_corners_and_repeats_the_border() -> None:
    image = np.arange(25, dtype=np.uint8).reshape(1, 5, 5).repeat(40, axis=0)
    padded = np.pad(image[0], 2, mode="edge")
    corners = [padded[y : y + 5, x : x + 5] for y in (0, 4) for x in (0, 4)]
    moved = corruptions.shift(image, 2)
    found = [next(n for n, c in enumerate(corners) if np.array_equal(c, one)) for one in moved]
    assert set(found) == {0, 1, 2, 3}


def test_planes_are_refused() -> None:
    with pytest.raises(DataError, match="as a camera gives them"):
        next(corruptions.corrupted(GREY.astype(np.int8)))
