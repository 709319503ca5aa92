"""Makes pictures darker or lighter, and their contrast stronger or weaker, as a camera would.

This happens in front of the Image Compression Block: what becomes black or white is lost before the
histogram is equalised, which changes of levels behind the block cannot imitate.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

_AT_ONCE: Final = 4096
_MIDDLE: Final = 127.5


def expose(
    images: NDArray[np.uint8], most: float, random: np.random.Generator
) -> NDArray[np.uint8]:
    """Images [N, H, W] or [N, H, W, 3] with other levels, each by an amount of its own.

    Args:
        images: as a data set holds them.
        most: fraction of the range that is added or taken away at most, and by which the distances
            from the middle level grow or shrink at most; both are uniform.
        random: draws the amounts.
    """
    shape = (len(images),) + (1,) * (images.ndim - 1)
    added = random.uniform(-most, most, shape).astype(np.float32) * 255
    factors = random.uniform(1 - most, 1 + most, shape).astype(np.float32)
    changed = np.empty_like(images)
    for first in range(0, len(images), _AT_ONCE):
        some = slice(first, first + _AT_ONCE)
        levels = (images[some] - np.float32(_MIDDLE)) * factors[some] + _MIDDLE + added[some]
        changed[some] = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
    return changed
