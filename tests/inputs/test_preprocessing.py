"""The Image Compression Block equals OpenCV and the paper's equations on every kind of image."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from cbcnn_inputs import preprocessing
from cbcnn_inputs.errors import DataError
from cbcnn_inputs.metadata import ImageCompression


def extreme_images() -> list[NDArray[Any]]:
    """Constant, two-valued and full-range planes, and one odd pixel on a flat ground."""
    flat = [np.full((28, 28), level, np.uint8) for level in (0, 1, 127, 254, 255)]
    halves = []
    for low, high in ((0, 1), (0, 255), (254, 255), (100, 101)):
        for split in (1, 392, 783):
            plane = np.full(784, low, np.uint8)
            plane[split:] = high
            halves.append(plane.reshape(28, 28))
    ramp = [np.arange(256, dtype=np.uint8).reshape(16, 16), np.zeros((1, 1), np.uint8)]
    return flat + halves + ramp


def random_images(count: int, seed: int) -> Iterator[NDArray[Any]]:
    random = np.random.default_rng(seed)
    for _ in range(count):
        height, width = random.integers(1, 257, 2)
        top = random.integers(1, 257)
        yield random.integers(0, top, (height, width)).astype(np.uint8)


def test_luma_equals_opencv_on_all_colours() -> None:
    levels = np.arange(256, dtype=np.uint8)
    image = np.empty((256, 256, 3), np.uint8)
    image[..., 1] = levels[:, None]
    image[..., 2] = levels[None, :]
    for red in range(256):
        image[..., 0] = red
        expected = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        np.testing.assert_array_equal(preprocessing.rgb_to_luma(image), expected)


def test_luma_weights_sum_to_one() -> None:
    total = preprocessing.LUMA_RED + preprocessing.LUMA_GREEN + preprocessing.LUMA_BLUE
    assert total == 1 << preprocessing.LUMA_SHIFT


def test_rgb565_repeats_the_top_bits() -> None:
    pixels = np.array([0x0000, 0xFFFF, 0xF800, 0x07E0, 0x001F, 0x8410], np.uint16)
    expected = [[0] * 3, [255] * 3, [255, 0, 0], [0, 255, 0], [0, 0, 255], [132, 130, 132]]
    np.testing.assert_array_equal(preprocessing.rgb565_to_rgb888(pixels), expected)


def test_rgb565_keeps_every_pixel_when_narrowed_again() -> None:
    pixels = np.arange(1 << 16, dtype=np.uint16)
    wide = preprocessing.rgb565_to_rgb888(pixels).astype(np.uint16)
    narrow = (wide[:, 0] >> 3) << 11 | (wide[:, 1] >> 2) << 5 | wide[:, 2] >> 3
    np.testing.assert_array_equal(narrow, pixels)


def images_with_every_cumulative_count(pixels: int) -> Iterator[NDArray[Any]]:
    """Images that together show each (pixels above the lowest level, cumulative count) pair."""
    for others in range(1, pixels):
        for start in range(1, others + 1, 254):
            sums = np.append(np.arange(start, min(start + 254, others)), others)
            counts = np.diff(sums, prepend=0)
            image = np.zeros(pixels, np.uint8)
            image[pixels - others :] = np.repeat(np.arange(1, len(counts) + 1), counts)
            yield image


@pytest.mark.parametrize("side", [28, 32])
def test_equalise_equals_opencv_on_all_counts(side: int) -> None:
    images = np.stack(list(images_with_every_cumulative_count(side * side)))
    images = images.reshape(-1, side, side)
    expected = np.stack([cv2.equalizeHist(image) for image in images])
    np.testing.assert_array_equal(preprocessing.equalise(images), expected)


def test_equalise_equals_opencv_on_extreme_and_random_images() -> None:
    for image in itertools.chain(extreme_images(), random_images(200, seed=1)):
        np.testing.assert_array_equal(preprocessing.equalise(image), cv2.equalizeHist(image))


def test_equalise_equals_opencv_on_the_largest_images() -> None:
    random = np.random.default_rng(2)
    for top in (2, 3, 17, 256):
        image = random.integers(0, top, (256, 256)).astype(np.uint8)
        np.testing.assert_array_equal(preprocessing.equalise(image), cv2.equalizeHist(image))


def exact_standardised(image: NDArray[Any], scale: int) -> list[int]:
    """Equation (2) with fractions and integer roots: no shared code with the definition."""
    values = [int(value) for value in image.ravel()]
    count = len(values)
    mean = Fraction(sum(values), count)
    variance = Fraction(sum(value * value for value in values), count) - mean * mean
    adjusted = max(variance, Fraction(1, count))
    result = []
    for value in values:
        # |q| = floor(scale * |value - mean| / deviation + 1/2), by integer root of the square.
        square = (2 * scale * (value - mean)) ** 2 / adjusted
        magnitude = (math.isqrt(square.numerator // square.denominator) + 1) // 2
        result.append(int(math.copysign(min(magnitude, 127), value - mean)))
    return result


@pytest.mark.parametrize("scale", [1, 32, 64, 127])
def test_standardise_is_equation_2_exactly(scale: int) -> None:
    for image in extreme_images() + list(random_images(8, seed=3)):
        small = image[:40, :40]
        found = preprocessing.standardise(small, scale)
        assert found.ravel().tolist() == exact_standardised(small, scale)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 255), min_size=1, max_size=64), st.integers(1, 127))
def test_standardise_satisfies_its_integer_definition(values: list[int], scale: int) -> None:
    found = preprocessing.standardise(np.array([values], np.uint8), scale)[0]
    count, total = len(values), sum(values)
    spread = max(count * sum(value * value for value in values) - total * total, count)
    for value, result in zip(values, found.tolist(), strict=True):
        distance = count * value - total
        reached = [
            k
            for k in range(1, 128)
            if (2 * scale * abs(distance)) ** 2 >= (2 * k - 1) ** 2 * spread
        ]
        assert abs(result) == len(reached)
        assert result == 0 or (result > 0) == (distance > 0)


def test_standardise_keeps_its_bounds_on_the_largest_image() -> None:
    image = np.zeros((256, 256), np.uint8)
    image[0, 0] = 255
    assert preprocessing.standardise(image, 127)[0, 0] == 127
    assert not preprocessing.standardise(np.full((256, 256), 255, np.uint8), 127).any()
    largest = 2 * 127 * 255 * preprocessing.MAX_PIXELS
    assert largest**2 < 2**64


def test_a_constant_image_standardises_to_zero() -> None:
    for level in range(256):
        assert not preprocessing.standardise(np.full((8, 8), level, np.uint8)).any()


def test_apply_chains_the_steps_image_by_image() -> None:
    images = np.random.default_rng(4).integers(0, 256, (1030, 8, 8, 3)).astype(np.uint8)
    planes = preprocessing.apply(ImageCompression(True, True, 64), images)
    assert planes.shape == (1030, 8, 8, 1)
    assert planes.dtype == np.int8
    for index in (0, 1023, 1029):
        grey = cv2.equalizeHist(cv2.cvtColor(images[index], cv2.COLOR_RGB2GRAY))
        np.testing.assert_array_equal(planes[index, ..., 0], preprocessing.standardise(grey, 64))


def test_apply_skips_the_steps_that_the_block_leaves_out() -> None:
    images = np.random.default_rng(5).integers(0, 256, (3, 8, 8)).astype(np.uint8)
    untouched = preprocessing.apply(ImageCompression(False, False, None), images)
    np.testing.assert_array_equal(untouched[..., 0], images)
    equalised = preprocessing.apply(ImageCompression(True, True, None), images[..., None])
    np.testing.assert_array_equal(equalised[..., 0], preprocessing.equalise(images))


def test_a_whole_training_set_takes_seconds() -> None:
    images = np.random.default_rng(6).integers(0, 256, (4000, 32, 32, 3)).astype(np.uint8)
    start = time.perf_counter()
    preprocessing.apply(ImageCompression(True, True, 64), images)
    assert time.perf_counter() - start < 6


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((2, 8, 8), np.float32),
        np.zeros((2, 8, 8), np.int8),
        np.zeros((8, 8), np.uint8),
        np.zeros((2, 8, 8, 2), np.uint8),
        np.zeros((2, 8, 8, 4), np.uint8),
        np.zeros((2, 300, 300), np.uint8),
        np.zeros((2, 0, 8), np.uint8),
    ],
)
def test_apply_names_what_it_was_given(images: NDArray[Any]) -> None:
    with pytest.raises(DataError) as caught:
        preprocessing.apply(ImageCompression(True, True, 64), images)
    assert caught.value.found in (str(images.dtype), f"shape {list(images.shape)}")
    assert caught.value.allowed


def test_a_grey_block_refuses_colour() -> None:
    with pytest.raises(DataError, match="do not fit"):
        preprocessing.apply(ImageCompression(False, True, 64), np.zeros((1, 8, 8, 3), np.uint8))


@pytest.mark.parametrize("scale", [0, 128, -1])
def test_a_scale_that_leaves_eight_bits_is_refused(scale: int) -> None:
    with pytest.raises(DataError, match="scale"):
        preprocessing.standardise(np.zeros((8, 8), np.uint8), scale)
