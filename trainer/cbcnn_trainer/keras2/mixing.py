"""Mixes images of a batch with each other, and their targets in the same proportion.

Mixup blends whole images (Zhang and others, "mixup: Beyond Empirical Risk Minimization", 2018);
CutMix puts a rectangle of one into another (Yun and others, "CutMix", 2019). The other image is the
next one of the shuffled batch. Planes stay integers in their range.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cbcnn_trainer.keras2.backend import tf
from cbcnn_trainer.presets import Augmentation


def draw(count: int, limits: Augmentation, random: np.random.Generator) -> NDArray[np.float32]:
    """What each of `count` images gets: rows of `mix`, [count, 4].

    A row has the share that the image keeps in a blend, the share that it keeps outside of a
    rectangle, and the rectangle's centre, as fractions of the sides. A share of 1 changes nothing.
    Where both are asked for, half of the images are blended and half get a rectangle.
    """
    blends = random.random(count) < 0.5 if limits.mixup and limits.cutmix else bool(limits.mixup)
    blend = _shares(count, limits.mixup, random)
    cut = _shares(count, limits.cutmix, random)
    columns = (np.where(blends, blend, 1), np.where(blends, 1, cut), *random.random((2, count)))
    amounts: NDArray[np.float32] = np.stack(columns, axis=1).astype(np.float32)
    return amounts


def _shares(count: int, alpha: float, random: np.random.Generator) -> NDArray[np.float64]:
    """Shares of the image itself, of Beta(alpha, alpha), the larger part being its own."""
    if not alpha:
        return np.ones(count)
    drawn = random.beta(alpha, alpha, count)
    larger: NDArray[np.float64] = np.maximum(drawn, 1 - drawn)
    return larger


def mix(images: Any, rows: Any, amounts: Any) -> tuple[Any, Any]:
    """Mixed float32 planes [N, H, W, C] and target rows [N, classes].

    Args:
        images: integers as float32.
        rows: their targets.
        amounts: rows of `draw`.
    """
    blend, cut, y, x = tf.unstack(amounts, axis=1)
    others, their_rows = tf.roll(images, 1, axis=0), tf.roll(rows, 1, axis=0)
    half = tf.sqrt(1 - cut) / 2
    inside = covers(y, half, images, 1) & covers(x, half, images, 2)
    covered = tf.reduce_mean(tf.cast(inside, tf.float32), axis=(1, 2, 3))
    blended = tf.round(_wide(blend) * images + (1 - _wide(blend)) * others)
    share = (blend * (1 - covered))[:, None]
    return tf.where(inside, others, blended), share * rows + (1 - share) * their_rows


def _wide(values: Any) -> Any:
    return values[:, None, None, None]


def covers(centre: Any, half: Any, images: Any, axis: int) -> Any:
    """Which rows (axis 1) or columns (axis 2) of each image lie within `half` of its `centre`, both
    fractions of the side, [N].
    """
    side = tf.shape(images)[axis]
    middles = (tf.cast(tf.range(side), tf.float32) + 0.5) / tf.cast(side, tf.float32)
    shape = [1, side, 1, 1] if axis == 1 else [1, 1, side, 1]
    return tf.abs(tf.reshape(middles, shape) - _wide(centre)) < _wide(half)
