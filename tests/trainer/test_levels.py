"""Changes of grey levels: what each does, and that planes stay integers in range."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("larq", reason="needs the [train] extra")

from cbcnn_trainer.keras2 import levels
from cbcnn_trainer.presets import Augmentation

PLANES = np.random.default_rng(0).integers(-127, 128, (40, 12, 12, 1)).astype(np.float32)
SIGNED = levels.range_of(np.int8)
ALL = Augmentation(brightness=0.2, contrast=0.5, blur=1.0, noise=0.05, cutout=0.4)


def changed(
    limits: Augmentation, amounts: NDArray[Any], span: levels.Range = SIGNED
) -> NDArray[Any]:
    found: NDArray[Any] = levels.change(
        PLANES[: len(amounts)], amounts, [1, 2], limits, span
    ).numpy()
    return found


def row(
    *, brightness: float = 0, contrast: float = 1, blur: float = 0, x: float = 0, y: float = 0
) -> NDArray[Any]:
    return np.array([[brightness, contrast, blur, x, y]], np.float32)


@pytest.mark.parametrize("span", [levels.range_of(np.int8), levels.range_of(np.uint8)])
def test_changed_planes_are_integers_in_range(span: levels.Range) -> None:
    amounts, _ = levels.draw(40, ALL, np.random.default_rng(1))
    images = changed(ALL, amounts, span)
    np.testing.assert_array_equal(images, np.rint(images))
    assert images.min() >= span.low
    assert images.max() <= span.high
    assert images.std() > 10


def test_amounts_stay_within_their_limits_and_reach_them() -> None:
    amounts, seeds = levels.draw(5000, ALL, np.random.default_rng(2))
    low, high = amounts.min(axis=0), amounts.max(axis=0)
    np.testing.assert_allclose(low, [-0.2, 0.5, -0.5, 0, 0], atol=0.01)
    np.testing.assert_allclose(high, [0.2, 1.5, 1.0, 1, 1], atol=0.01)
    assert len(np.unique(seeds, axis=0)) == 5000


def test_brightness_adds_a_fraction_of_the_range() -> None:
    images = changed(Augmentation(brightness=0.5), row(brightness=0.25))
    np.testing.assert_array_equal(images, np.minimum(np.rint(PLANES[:1] + 63.5), 127))


def test_contrast_scales_about_the_middle() -> None:
    images = changed(Augmentation(contrast=0.5), row(contrast=0.5), levels.Range(0, 128, 255))
    expected = np.clip(np.rint(128 + (PLANES[:1] - 128) * 0.5), 0, 255)
    np.testing.assert_array_equal(images, expected)


def test_a_full_blur_is_the_binomial_mean_and_a_negative_one_sharpens() -> None:
    limits = Augmentation(blur=1.0)
    blurred, sharpened = changed(limits, row(blur=1)), changed(limits, row(blur=-0.5))
    weights = np.array([1, 4, 6, 4, 1]) / 16
    inside = PLANES[0, 3:8, 3:8, 0]
    assert blurred[0, 5, 5, 0] == np.rint((np.outer(weights, weights) * inside).sum())
    assert blurred.std() < PLANES[0].std() < sharpened.std()


def test_blur_leaves_an_even_plane_alone_up_to_its_border() -> None:
    even = np.full((1, 7, 6, 2), 90, np.float32)
    np.testing.assert_allclose(levels.smooth(even), even, rtol=1e-6)


def test_noise_depends_on_its_seed_alone() -> None:
    limits, amounts = Augmentation(noise=0.05), np.repeat(row(), 20, axis=0)
    first, second = changed(limits, amounts), changed(limits, amounts)
    np.testing.assert_array_equal(first, second)
    other = levels.change(PLANES[:20], amounts, [3, 4], limits, SIGNED).numpy()
    assert not np.array_equal(first, other)
    near = np.abs(PLANES[:20]) < 60
    assert (first - PLANES[:20])[near].std() == pytest.approx(0.05 * 254, rel=0.1)


def test_cutout_clears_one_square_about_its_centre() -> None:
    planes = np.full((1, 12, 12, 1), 99, np.float32)
    limits = Augmentation(cutout=0.5)
    images = levels.change(planes, row(x=0.5, y=0.25), [1, 2], limits, SIGNED).numpy()[0, ..., 0]
    expected = np.full((12, 12), 99)
    expected[0:6, 3:9] = 0
    np.testing.assert_array_equal(images, expected)


def test_no_limits_change_nothing() -> None:
    assert not Augmentation(shift=0.1).changes_levels
    np.testing.assert_array_equal(changed(Augmentation(), row()), PLANES[:1])
