"""The Image Compression Block in integers: the one definition that training and devices share.

Colour becomes grey, the grey histogram is equalised (equation 1 of the paper) and the plane is
standardised by its own mean and deviation (equation 2) to signed 8-bit integers. Every step is
stated in integers of at most 64 bits, so a device without floating point gives the same bytes. The
first two steps equal OpenCV's `cvtColor(..., COLOR_RGB2GRAY)` and `equalizeHist` bit for bit.

Both later steps map grey levels, not positions: each is a table of 256 entries made from the
histogram of one image.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs.errors import DataError
from cbcnn_inputs.metadata import ImageCompression

LEVELS: Final = 256
DEFAULT_STANDARDISE_SCALE: Final = 64
MAX_STANDARDISE_SCALE: Final = 127
MAX_PIXELS: Final = 1 << 16
"""Pixels of the largest image; `standardise` shows that everything then fits in 64 bits."""

# BT.601 weights 0.299, 0.587, 0.114 in units of 2**-15, as OpenCV rounds them; they sum to 2**15.
LUMA_SHIFT: Final = 15
LUMA_RED: Final = 9798
LUMA_GREEN: Final = 19235
LUMA_BLUE: Final = 3735

FLOAT32_BITS: Final = 24
_MAX_EXPONENT: Final = 32
_BATCH: Final = 1024

UInt8Array = NDArray[np.uint8]
Int8Array = NDArray[np.int8]
UInt64Array = NDArray[np.uint64]


def rgb_to_luma(rgb: UInt8Array) -> UInt8Array:
    """Grey level `(9798 R + 19235 G + 3735 B + 2**14) >> 15` of each pixel, in 32-bit integers.

    Equals OpenCV on all 2**24 colours.

    Args:
        rgb: uint8 [..., 3], red first.

    Returns:
        uint8 [...].
    """
    _require(rgb, np.uint8, "colour images")
    if rgb.ndim < 1 or rgb.shape[-1] != 3:
        raise DataError(
            "colour images have the wrong shape",
            found=f"shape {list(rgb.shape)}",
            allowed="three channels, red, green and blue, in the last axis",
        )
    wide = rgb.astype(np.uint32)
    total = LUMA_RED * wide[..., 0] + LUMA_GREEN * wide[..., 1] + LUMA_BLUE * wide[..., 2]
    grey: UInt8Array = ((total + (1 << (LUMA_SHIFT - 1))) >> LUMA_SHIFT).astype(np.uint8)
    return grey


def rgb565_to_rgb888(pixels: NDArray[np.uint16]) -> UInt8Array:
    """Widen 5, 6 and 5 bits (red in the highest) to 8 each by repeating the top bits below.

    A 5-bit value v becomes `v << 3 | v >> 2`, a 6-bit value `v << 2 | v >> 4`: 0 stays 0 and the
    largest value becomes 255.

    Args:
        pixels: uint16 [...], in the machine's byte order.

    Returns:
        uint8 [..., 3], red first.
    """
    _require(pixels, np.uint16, "RGB565 pixels")
    red, green, blue = pixels >> 11, (pixels >> 5) & 63, pixels & 31
    wide = (red << 3 | red >> 2, green << 2 | green >> 4, blue << 3 | blue >> 2)
    colours: UInt8Array = np.stack(wide, axis=-1).astype(np.uint8)
    return colours


def equalise(grey: UInt8Array) -> UInt8Array:
    """Spread the histogram of each image over all grey levels, equation (1) of the paper.

    With the lowest level that occurs, `first`, the number of pixels above it,
    `others = pixels - count[first]`, and the cumulative count `sum(x)` of levels `first + 1 .. x`,
    level x becomes `sum(x) * 255 / others`. An image of one single level stays as it is.

    OpenCV computes this in float32, whose roundings are part of the definition:

    1. `e` is the integer for which `2**23 <= 255 * 2**e / others < 2**24`; the float32 scale is
       `m * 2**-e` with `m = round(255 * 2**e / others)`;
    2. the product `p = sum(x) * m` is rounded to its 24 most significant bits;
    3. the new level is `round(p / 2**e)`.

    Every `round` goes to the nearest integer, ties to the even one. `others <= 2**16` gives
    `16 <= e <= 32`, so `255 * 2**e` is below 2**40, and `p` is below 2**16 * 2**24 = 2**40.

    Args:
        grey: uint8 [H, W], or [..., H, W] for several images.

    Returns:
        uint8 of the same shape.
    """
    _require_planes(grey)
    planes = grey.reshape(-1, grey.shape[-2] * grey.shape[-1])
    return _map_levels(planes, _equalise_tables(_histograms(planes))).reshape(grey.shape)


def standardise(grey: UInt8Array, scale: int = DEFAULT_STANDARDISE_SCALE) -> Int8Array:
    """Subtract each image's mean and divide by its deviation, equation (2) of the paper.

    The result is `scale * (x - mean) / max(deviation, 1 / sqrt(N))`, rounded to the nearest
    integer, ties away from zero, and clipped to -127 .. 127. It is exact: with N pixels,
    `s1 = sum x`, `s2 = sum x**2`, `V = max(N * s2 - s1**2, N)` and `d = N * x - s1` it equals
    `d * scale / sqrt(V)`, and

        |q| >= k  if and only if  (2 * scale * |d|)**2 >= (2 * k - 1)**2 * V.

    The left side is the same for all k, and an integer square is at most a quotient exactly when
    it is at most its floor, so `|q| = (isqrt((2 * scale * |d|)**2 // V) + 1) // 2` before clipping.

    Bounds, for N <= 2**16 and scale <= 127: `2 * scale * |d| <= 254 * 255 * 2**16 < 2**32`, whose
    square is below 2**64; `N * s2` and `s1**2` are below 2**48; V <= (255 * N)**2 / 4 < 2**46, and
    (2 * 127 - 1)**2 * V < 2**62. Everything fits in unsigned 64-bit integers, d in signed 32-bit.

    Args:
        grey: uint8 [H, W], or [..., H, W] for several images.
        scale: value of one standard deviation, 1 to 127.

    Returns:
        int8 of the same shape.
    """
    _require_planes(grey)
    if not 1 <= scale <= MAX_STANDARDISE_SCALE:
        raise DataError(
            "the standardisation scale is out of range",
            found=str(scale),
            allowed=f"an integer from 1 to {MAX_STANDARDISE_SCALE}",
        )
    planes = grey.reshape(-1, grey.shape[-2] * grey.shape[-1])
    return _map_levels(planes, _standardise_tables(_histograms(planes), scale)).reshape(grey.shape)


def apply(block: ImageCompression, images: NDArray[Any]) -> NDArray[Any]:
    """Turn images as a camera or a data set gives them into the planes that a network is fed with.

    Args:
        block: which steps to take; grey images skip the step from colour to grey.
        images: uint8 [N, H, W, 3] in RGB order, where the block starts with colour, or grey as
            [N, H, W] or [N, H, W, 1].

    Returns:
        [N, H, W, 1] of `block.output_type`.

    Raises:
        DataError: another shape or type, or images of more than `MAX_PIXELS` pixels.
    """
    _require(images, np.uint8, "images for the Image Compression Block")
    channels = images.shape[3] if images.ndim == 4 else 1
    if images.ndim not in (3, 4) or channels not in ((1, 3) if block.luma else (1,)):
        raise DataError(
            "images do not fit the model's Image Compression Block",
            found=f"shape {list(images.shape)}",
            allowed=("[N, H, W, 3] in RGB order, " if block.luma else "")
            + "[N, H, W, 1] or [N, H, W]",
            suggestion=None if block.luma else "convert the images to grey first",
        )
    planes = np.empty((*images.shape[:3], 1), dtype=np.dtype(block.output_type))
    for start in range(0, len(images), _BATCH):
        batch = images[start : start + _BATCH]
        grey = rgb_to_luma(batch) if channels == 3 else batch.reshape(batch.shape[:3])
        if block.equalise:
            grey = equalise(grey)
        if block.standardise_scale is None:
            planes[start : start + _BATCH, ..., 0] = grey
        else:
            planes[start : start + _BATCH, ..., 0] = standardise(grey, block.standardise_scale)
    return planes


def _require(array: NDArray[Any], dtype: type[np.generic], what: str) -> None:
    """Raise unless `array` has exactly this element type: a silent cast would change pixels."""
    if array.dtype != np.dtype(dtype):
        raise DataError(
            f"{what} have the wrong type",
            found=str(array.dtype),
            allowed=np.dtype(dtype).name,
            suggestion="convert them; pixels are 0 to 255, not 0.0 to 1.0"
            if array.dtype.kind == "f"
            else None,
        )


def _require_planes(grey: NDArray[Any]) -> None:
    _require(grey, np.uint8, "grey images")
    if grey.ndim < 2 or not 1 <= grey.shape[-2] * grey.shape[-1] <= MAX_PIXELS:
        raise DataError(
            "grey images have the wrong shape",
            found=f"shape {list(grey.shape)}",
            allowed=f"[..., height, width] with 1 to {MAX_PIXELS} pixels in an image",
        )


def _histograms(planes: UInt8Array) -> UInt64Array:
    """Counts of the 256 levels in each row: uint8 [N, pixels] to uint64 [N, 256]."""
    keys = planes + np.arange(len(planes), dtype=np.int64)[:, None] * LEVELS
    counts = np.bincount(keys.ravel(), minlength=len(planes) * LEVELS)
    return counts.reshape(-1, LEVELS).astype(np.uint64)


def _map_levels(planes: UInt8Array, tables: NDArray[Any]) -> NDArray[Any]:
    """Replace each level of row n by entry `level` of table n."""
    keys = planes + np.arange(len(planes), dtype=np.int64)[:, None] * LEVELS
    return tables.ravel()[keys]


def _equalise_tables(counts: UInt64Array) -> UInt8Array:
    """The 256 new levels of each image, from its histogram; see `equalise`."""
    image = np.arange(len(counts))
    first = np.argmax(counts > 0, axis=1)
    pixels = counts.sum(axis=1)
    others = pixels - counts[image, first]
    single = others == 0
    others = np.where(single, np.uint64(1), others)

    exponent = np.zeros(len(counts), dtype=np.uint64)
    lowest, numerator = np.uint64(1 << (FLOAT32_BITS - 1)), np.uint64(LEVELS - 1)
    for _ in range(_MAX_EXPONENT):
        exponent += ((numerator << exponent) < lowest * others).astype(np.uint64)
    mantissa = _divide_to_even(numerator << exponent, others)

    above_first = np.arange(LEVELS)[None, :] > first[:, None]
    cumulative = np.cumsum(np.where(above_first, counts, np.uint64(0)), axis=1, dtype=np.uint64)
    product = cumulative * mantissa[:, None]
    levels = _shift_to_even(_round_to_float32(product), exponent[:, None])
    identity = np.arange(LEVELS, dtype=np.uint64)[None, :]
    return np.where(single[:, None], identity, levels).astype(np.uint8)


def _round_to_float32(values: UInt64Array) -> UInt64Array:
    """Keep the 24 most significant bits of each integer, rounded half to even."""
    drop = np.zeros(values.shape, dtype=np.uint64)
    limit = np.uint64(1 << FLOAT32_BITS)
    for _ in range(64 - FLOAT32_BITS):
        drop += ((values >> drop) >= limit).astype(np.uint64)
    return _shift_to_even(values, drop) << drop


def _shift_to_even(values: UInt64Array, shift: UInt64Array) -> UInt64Array:
    """`values / 2**shift`, rounded to the nearest integer, ties to even; shift below 64."""
    return _divide_to_even(values, np.uint64(1) << shift)


def _divide_to_even(numerator: UInt64Array, divisor: UInt64Array) -> UInt64Array:
    """`numerator / divisor`, rounded to the nearest integer, ties to even; divisor below 2**63."""
    quotient, rest = np.divmod(numerator, divisor)
    twice = rest * np.uint64(2)
    up = (twice > divisor) | ((twice == divisor) & (quotient % np.uint64(2) == 1))
    rounded: UInt64Array = quotient + up.astype(np.uint64)
    return rounded


def _standardise_tables(counts: UInt64Array, scale: int) -> Int8Array:
    """The signed value of each of the 256 levels of each image; see `standardise`."""
    level = np.arange(LEVELS, dtype=np.int64)
    signed = counts.astype(np.int64)
    pixels = signed.sum(axis=1)
    first_moment = signed @ level
    second_moment = signed @ (level * level)
    variance = np.maximum(pixels * second_moment - first_moment**2, pixels).astype(np.uint64)
    distance = pixels[:, None] * level - first_moment[:, None]
    square = (np.abs(distance) * (2 * scale)).astype(np.uint64) ** np.uint64(2)
    largest = (2 * MAX_STANDARDISE_SCALE - 1) ** 2
    quotient = np.minimum(square // variance[:, None], np.uint64(largest))
    # The root of an integer below 2**52 is exact enough in float64 for its floor to be right.
    magnitude = (np.sqrt(quotient.astype(np.float64)).astype(np.int64) + 1) // 2
    tables: Int8Array = (np.sign(distance) * magnitude).astype(np.int8)
    return tables
