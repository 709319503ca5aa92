"""The Image Compression Block in C against its definition, bit for bit."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
import numpy.typing as npt
import pytest

from cbcnn_inputs import preprocessing
from support.kernels.call import Kernels

UInt8Array = npt.NDArray[np.uint8]


def test_luma_is_the_same_for_every_colour(kernels: Kernels) -> None:
    for colours, luma in _every_colour():
        np.testing.assert_array_equal(kernels.luma_rgb888(colours), luma)


@cache
def _every_colour() -> list[tuple[UInt8Array, UInt8Array]]:
    """All colours, those of one red at a time, and what the definition makes of them."""
    grid = np.indices((256, 256), np.uint8).reshape(2, -1).T
    reds = (np.full(len(grid), red, np.uint8) for red in range(256))
    colours = [np.column_stack([red, grid]) for red in reds]
    return [(some, preprocessing.rgb_to_luma(some)) for some in colours]


def test_luma_is_the_same_for_every_colour_of_16_bits(kernels: Kernels) -> None:
    pixels = np.arange(65536, dtype=np.uint16)
    wide = preprocessing.rgb565_to_rgb888(pixels)
    np.testing.assert_array_equal(kernels.luma_rgb565(pixels), preprocessing.rgb_to_luma(wide))


def test_equalisation_is_the_same(kernels: Kernels) -> None:
    for grey in _images():
        np.testing.assert_array_equal(
            kernels.compress(grey, equalise=True, scale=None).view(np.uint8),
            preprocessing.equalise(grey),
        )


@pytest.mark.parametrize("scale", [1, 2, 63, 64, 100, 127])
def test_standardisation_is_the_same(kernels: Kernels, scale: int) -> None:
    for grey in _images():
        np.testing.assert_array_equal(
            kernels.compress(grey, equalise=False, scale=scale).view(np.int8),
            preprocessing.standardise(grey, scale),
        )


def test_both_steps_after_each_other_are_the_same(kernels: Kernels) -> None:
    for grey in _images():
        equalised = preprocessing.equalise(grey)
        np.testing.assert_array_equal(
            kernels.compress(grey, equalise=True, scale=64).view(np.int8),
            preprocessing.standardise(equalised, 64),
        )


def _images() -> Iterator[UInt8Array]:
    """Constant, two-valued, full range, narrow, with rare levels, of one pixel and of 2**16."""
    rng = np.random.default_rng(7)
    for level in (0, 1, 127, 255):
        yield np.full((3, 5), level, np.uint8)
        yield np.full((256, 256), level, np.uint8)
    yield np.array([[0]], np.uint8)
    yield np.array([[0, 255]], np.uint8)
    yield np.arange(256, dtype=np.uint8).reshape(16, 16)
    for _ in range(40):
        height, width = rng.integers(1, 40, 2)
        low, high = np.sort(rng.integers(0, 256, 2))
        yield rng.integers(low, high + 1, (height, width), dtype=np.uint8)
        yield np.where(rng.random((height, width)) < 0.02, low, high).astype(np.uint8)
    large = rng.normal(128, 40, (256, 256)).clip(0, 255).astype(np.uint8)
    yield large
    one_off = np.zeros((256, 256), np.uint8)
    one_off[0, 0] = 255
    yield one_off
    yield np.uint8(255) - one_off
