"""Scales a picture of any size to the image that a network sees, in integers.

An output pixel is a mean of input pixels with integer weights. An axis that shrinks takes each
input pixel by the part of it that the output pixel covers; an axis that grows interpolates between
the two nearest. The sum of all products and the sum of all weights are integers, and their quotient
is rounded half up, so any processor gives the same bytes.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs.own_pictures.fit import PictureFit
from cbcnn_inputs.preprocessing import rgb_to_luma

UInt8Array = NDArray[np.uint8]


def fitted(picture: UInt8Array, fit: PictureFit) -> UInt8Array:
    """One picture as the network's image.

    Args:
        picture: uint8 [h, w] or [h, w, 3] in RGB order, of any size.
        fit: what it becomes.

    Returns:
        uint8 of `fit.shape`.
    """
    if fit.channels == "grey" and picture.ndim == 3:
        picture = rgb_to_luma(picture)
    taken, filled = place(fit, *picture.shape[:2])
    inner = scale(taken.of(picture), filled.height, filled.width)
    scaled = np.zeros((fit.height, fit.width, *picture.shape[2:]), np.uint8)
    filled.of(scaled)[:] = inner
    if fit.channels == "rgb" and scaled.ndim == 2:
        scaled = np.repeat(scaled[..., None], 3, axis=2)
    return scaled


class Region(NamedTuple):
    """A part of a picture, in pixels."""

    top: int
    left: int
    height: int
    width: int

    def of(self, picture: UInt8Array) -> UInt8Array:
        """A view of the part."""
        rows = slice(self.top, self.top + self.height)
        return picture[rows, self.left : self.left + self.width]


def place(fit: PictureFit, height: int, width: int) -> tuple[Region, Region]:
    """Which part of a picture of this size is scaled, and which part of the image it fills.

    What is not filled stays black.
    """
    taken, filled = (height, width), (fit.height, fit.width)
    if fit.fit == "crop":
        taken = _inside(height, width, fit.height, fit.width)
    elif fit.fit == "pad":
        filled = _inside(fit.height, fit.width, height, width)
    return _middle(height, width, *taken), _middle(fit.height, fit.width, *filled)


def scale(picture: UInt8Array, height: int, width: int) -> UInt8Array:
    """A picture in another size: area average where it shrinks, bilinear where it grows.

    Every sum is an integer below 2**53, so the matrix products in float64 are exact.

    Args:
        picture: uint8 [h, w] or [h, w, 3].
        height: of the result.
        width: of the result.

    Returns:
        uint8 [height, width] or [height, width, 3].
    """
    rows, rows_sum = _weights(picture.shape[0], height)
    columns, columns_sum = _weights(picture.shape[1], width)
    planes = picture[..., None] if picture.ndim == 2 else picture
    total = rows_sum * columns_sum
    scaled = np.empty((height, width, planes.shape[2]), np.uint8)
    for channel in range(planes.shape[2]):
        sums = (rows @ planes[..., channel].astype(np.float64)) @ columns.T
        scaled[..., channel] = (2 * sums.astype(np.int64) + total) // (2 * total)
    return scaled.reshape(height, width, *picture.shape[2:])


@lru_cache(maxsize=64)
def _weights(before: int, after: int) -> tuple[NDArray[np.float64], int]:
    """Integer weights [after, before] of one axis, and the sum of each row."""
    return _area(before, after) if after <= before else _between(before, after)


def _area(before: int, after: int) -> tuple[NDArray[np.float64], int]:
    """In units of 1/after of an input pixel, output pixel i covers from i * before on."""
    edges = np.arange(after + 1, dtype=np.int64) * before
    starts = np.arange(before, dtype=np.int64) * after
    covered = np.minimum(edges[1:, None], starts + after) - np.maximum(edges[:-1, None], starts)
    return np.maximum(covered, 0).astype(np.float64), before


def _between(before: int, after: int) -> tuple[NDArray[np.float64], int]:
    """The middle of output pixel i lies at (2 i + 1) * before / (2 * after) - 1/2."""
    middle = (2 * np.arange(after, dtype=np.int64) + 1) * before - after
    middle = np.clip(middle, 0, 2 * after * (before - 1))
    left, part = np.divmod(middle, 2 * after)
    weights = np.zeros((after, before))
    row = np.arange(after)
    weights[row, left] = 2 * after - part
    weights[row, np.minimum(left + 1, before - 1)] += part
    return weights, 2 * after


def _inside(height: int, width: int, like_height: int, like_width: int) -> tuple[int, int]:
    """The largest size inside height x width that has the proportions of the other, rounded."""
    if width * like_height > height * like_width:
        return height, min(width, max(1, _round(height * like_width, like_height)))
    return min(height, max(1, _round(width * like_height, like_width))), width


def _round(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)


def _middle(height: int, width: int, inner_height: int, inner_width: int) -> Region:
    """The middle; where it cannot be exact, half a pixel up and left."""
    top, left = (height - inner_height) // 2, (width - inner_width) // 2
    return Region(top, left, inner_height, inner_width)
