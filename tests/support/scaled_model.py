"""A network of one pixel that knows ten grey levels, if the pixel is scaled as in its training."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from support.keras_files import write_h5
from support.small_layers import dense, flatten, image, norm

SCALING: Final = "x/127.5-1"
"""Which its file does not say."""

_LEVELS: Final = np.linspace(-0.93, 0.91, 10)
"""Half way between two of them there is no pixel."""


def write_model(path: Path) -> Path:
    """Scores `2 * level * x - level**2`, of which that of the nearest level is the largest."""
    ones = np.full((1, 10), 0.5, np.float32)
    gamma, beta = ((2 * _LEVELS).astype(np.float32), (-(_LEVELS**2)).astype(np.float32))
    head = dense(1, "head", 10, kernel=ones, input_quantizer=None)
    return write_h5(
        path, [image(1, 1, 1), flatten(), head, norm(10, gamma=gamma, beta=beta, epsilon=0.0)]
    )


def write_data(path: Path, count: int = 500, *, labelled: bool = True) -> Path:
    """Pixels and the numbers of their levels."""
    pixels = np.random.default_rng(1).integers(0, 256, (count, 1, 1), dtype=np.uint8)
    scaled = pixels.reshape(count, 1) / 127.5 - 1
    labels: npt.NDArray[Any] = np.abs(scaled - _LEVELS).argmin(axis=1)
    arrays = {"images": pixels, **({"labels": labels} if labelled else {})}
    np.savez(path, **arrays)
    return path
