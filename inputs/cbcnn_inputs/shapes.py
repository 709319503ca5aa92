"""Tells which arrays of images fit a network's input, whatever their axes."""

from __future__ import annotations

import math
from collections.abc import Sequence


def holds(images: Sequence[int], wanted: Sequence[int]) -> bool:
    """Whether images of one shape hold the values of another, in the same order.

    Axes of one entry do not move a value: 28x28, 28x28x1 and 1x28x28 are the same image, 64 and
    1x1x64 the same vector. A vector also takes an image of as many values, row by row, as
    `reshape(N, -1)` does.

    Args:
        images: sizes of one image.
        wanted: sizes of the input, without the batch, as Keras or as the generated code has them.
    """
    found, needed = ([size for size in shape if size != 1] for shape in (images, wanted))
    return found == needed or (len(needed) <= 1 and math.prod(found) == math.prod(needed))
