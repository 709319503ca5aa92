"""Random erasing: a rectangle of random size in some images gets random levels.

Zhong and others, "Random Erasing Data Augmentation" (2017), with the paper's sizes: 2 % to 40 % of
the area, sides of a ratio from 0.3 to 1/0.3, wholly inside of the image. `cutout` differs: every
image loses one square of one size to the middle level.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cbcnn_trainer.keras2.backend import tf
from cbcnn_trainer.keras2.levels import Range
from cbcnn_trainer.keras2.mixing import covers

_AREA: Final = (0.02, 0.4)
_RATIO: Final = 0.3


def draw(count: int, share: float, random: np.random.Generator) -> NDArray[np.float32]:
    """The rectangles of `count` images, [count, 4]: centre and half of the sides, rows first.

    All are fractions of the image's sides. Images that lose nothing, all but a `share`, have -1 for
    half of a side.
    """
    if not share:
        return np.full((count, 4), -1, np.float32)
    area = random.uniform(*_AREA, count)
    ratio = np.exp(random.uniform(np.log(_RATIO), -np.log(_RATIO), count))
    sides = np.minimum(np.stack([np.sqrt(area * ratio), np.sqrt(area / ratio)], axis=1), 1)
    centres = random.uniform(sides / 2, 1 - sides / 2)
    halves = np.where(random.random((count, 1)) < share, sides / 2, -1)
    rows: NDArray[np.float32] = np.concatenate([centres, halves], axis=1).astype(np.float32)
    return rows


def erase(planes: Any, rectangles: Any, seed: Any, levels: Range) -> Any:
    """Float32 planes [N, H, W, C] with random integers of the range `levels` in the rectangles.

    Args:
        planes: integers as float32.
        rectangles: rows of `draw`.
        seed: two integers, of the whole batch.
        levels: the range of the planes.
    """
    y, x, half_height, half_width = tf.unstack(rectangles, axis=1)
    inside = covers(y, half_height, planes, 1) & covers(x, half_width, planes, 2)
    low, end = int(levels.low), int(levels.high) + 1
    noise = tf.random.stateless_uniform(tf.shape(planes), seed, low, end, tf.int32)
    return tf.where(inside, tf.cast(noise, tf.float32), planes)
