"""Disturbed copies of test images, to see how robust an accuracy is.

All of them act on the 8-bit images as a camera gives them, before the Image Compression Block, so
a block that undoes a disturbance gets the credit. They are the same for the same images.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs.errors import DataError

UInt8Array = NDArray[np.uint8]
_MIDDLE: Final = 128


def brighten(images: UInt8Array, levels: float) -> UInt8Array:
    """All pixels `levels` brighter, or darker if negative, clipped to 0 .. 255."""
    return _to_levels(images + np.float32(levels))


def contrast(images: UInt8Array, factor: float) -> UInt8Array:
    """Distances from level 128 multiplied by `factor`, clipped to 0 .. 255."""
    return _to_levels(_MIDDLE + (images - np.float32(_MIDDLE)) * np.float32(factor))


def blur(images: UInt8Array, deviation: float) -> UInt8Array:
    """Gaussian blur with a standard deviation in pixels; the border is mirrored."""
    blurred = [
        cv2.GaussianBlur(image, (0, 0), deviation, borderType=cv2.BORDER_REFLECT)
        for image in images
    ]
    same: UInt8Array = np.stack(blurred).reshape(images.shape).astype(np.uint8)
    return same


def add_noise(images: UInt8Array, deviation: float) -> UInt8Array:
    """Independent Gaussian noise with a standard deviation in levels, from a fixed seed."""
    random = np.random.default_rng(0)
    noise = random.standard_normal(images.shape, dtype=np.float32)
    return _to_levels(images + noise * np.float32(deviation))


def shift(images: UInt8Array, pixels: float) -> UInt8Array:
    """Moved by `pixels` along each axis, each image to one of four corners; borders repeat."""
    signs = np.random.default_rng(1).choice([-1, 1], (len(images), 2)) * int(pixels)
    height, width = images.shape[1:3]
    rows = np.clip(np.arange(height) - signs[:, :1], 0, height - 1)
    columns = np.clip(np.arange(width) - signs[:, 1:], 0, width - 1)
    moved: UInt8Array = images[
        np.arange(len(images))[:, None, None], rows[:, :, None], columns[:, None]
    ]
    return moved


CORRUPTIONS: Final[tuple[tuple[str, str, Callable[..., UInt8Array], tuple[float, ...]], ...]] = (
    ("brightness", "levels", brighten, (-80, -40, 40, 80)),
    ("contrast", "factor", contrast, (0.25, 0.5, 1.5)),
    ("blur", "pixels", blur, (0.5, 1.0, 1.5)),
    ("noise", "levels", add_noise, (5, 10, 20)),
    ("shift", "pixels", shift, (1, 2, 3)),
)
"""Name, unit of its amount, function and the amounts to try."""


def corrupted(images: NDArray[Any]) -> Iterator[tuple[str, float, str, UInt8Array]]:
    """Name, amount, unit and disturbed images, one after the other.

    Raises:
        DataError: the images are not 8-bit grey or colour images but planes made of them.
    """
    if images.dtype != np.uint8 or images.ndim < 3:
        raise DataError(
            "corruptions need images as a camera gives them",
            found=f"{images.dtype} {'vectors' if images.ndim < 3 else 'planes'}",
            allowed="uint8 images",
        )
    for name, unit, disturb, amounts in CORRUPTIONS:
        for amount in amounts:
            yield name, amount, unit, disturb(images, amount)


def _to_levels(values: NDArray[np.float32]) -> UInt8Array:
    levels: UInt8Array = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return levels
