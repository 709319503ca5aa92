"""Random changes of grey levels: brightness, contrast, blur, noise, and a square that is cut out.

They act on the network's integer planes, behind the Image Compression Block, and leave integers in
the plane's range. NumPy draws the changes of each image beforehand, from the seed and the epoch.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cbcnn_trainer.keras2.backend import tf
from cbcnn_trainer.presets import Augmentation

_BINOMIAL = np.array([1, 4, 6, 4, 1], np.float32) / 16


class Range(NamedTuple):
    """Lowest, middle and highest level of a plane."""

    low: float
    middle: float
    high: float


def range_of(dtype: Any) -> Range:
    """The levels of a plane of `dtype`; a signed plane is symmetric and never holds -128."""
    return Range(0, 128, 255) if np.dtype(dtype) == np.uint8 else Range(-127, 0, 127)


def draw(
    count: int, limits: Augmentation, random: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """What each of `count` images gets: numbers [count, 5] for `change`, and seeds [count, 2]."""
    columns = (
        random.uniform(-limits.brightness, limits.brightness, count),
        random.uniform(1 - limits.contrast, 1 + limits.contrast, count),
        random.uniform(-limits.blur / 2, limits.blur, count),
        random.uniform(0, 1, count),
        random.uniform(0, 1, count),
    )
    seeds = random.integers(0, 1 << 31, (count, 2)).astype(np.int32)
    return np.stack(columns, axis=1).astype(np.float32), seeds


def change(planes: Any, amounts: Any, seed: Any, limits: Augmentation, levels: Range) -> Any:
    """Float32 planes [N, H, W, C] with their levels changed, integers within `levels`.

    Args:
        planes: integers as float32.
        amounts: rows of `draw`: brightness, contrast, blur, and the cut square's centre.
        seed: two integers for the noise of the whole batch.
        limits: which changes are used at all.
        levels: the range of the plane.
    """
    brightness, contrast, blur, x, y = (
        part[:, None, None, None] for part in tf.unstack(amounts, axis=1)
    )
    span = levels.high - levels.low
    if limits.blur:
        planes = planes + blur * (smooth(planes) - planes)
    if limits.contrast or limits.brightness:
        planes = levels.middle + (planes - levels.middle) * contrast + brightness * span
    if limits.noise:
        noise = tf.random.stateless_normal(tf.shape(planes), seed, stddev=limits.noise * span)
        planes = planes + noise
    if limits.cutout:
        inside = _near(y, planes, 1, limits.cutout) & _near(x, planes, 2, limits.cutout)
        planes = tf.where(inside, tf.constant(levels.middle, tf.float32), planes)
    return tf.clip_by_value(tf.round(planes), levels.low, levels.high)


def smooth(planes: Any) -> Any:
    """Mean of each pixel's 5x5 surroundings with binomial weights; the border is mirrored."""
    channels = int(planes.shape[-1])
    kernel = np.outer(_BINOMIAL, _BINOMIAL)[:, :, None, None].repeat(channels, axis=2)
    padded = tf.pad(planes, [[0, 0], [2, 2], [2, 2], [0, 0]], "SYMMETRIC")
    return tf.nn.depthwise_conv2d(padded, kernel, [1, 1, 1, 1], "VALID")


def _near(centre: Any, planes: Any, axis: int, part: float) -> Any:
    """Which rows (axis 1) or columns (axis 2) lie within half of `part` of the side of `centre`."""
    side = tf.shape(planes)[axis]
    shape = [1, side, 1, 1] if axis == 1 else [1, 1, side, 1]
    middles = (tf.cast(tf.range(side), tf.float32) + 0.5) / tf.cast(side, tf.float32)
    return tf.abs(tf.reshape(middles, shape) - centre) < part / 2
