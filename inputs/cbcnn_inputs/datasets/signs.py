"""Synthetic traffic signs, drawn with OpenCV: a data set that needs no download.

Sixteen classes, RGB 32x32. A sign is drawn once, flat and large, then each image places it on its
own background with its own pose, scale, light, blur and noise. Image number n of a part depends on
(seed, part, n) alone, so the same call gives the same bytes.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs.datasets import sign_faces
from cbcnn_inputs.errors import DataError

SIDE: Final = 32
CLASS_NAMES: Final = sign_faces.CLASS_NAMES
SIZES: Final = {"train": 8000, "validation": 1600, "test": 1600}
_WORK: Final = 96
"""Side of the canvas that is shrunk to 32: nine samples a pixel."""

Canvas = NDArray[np.float32]


def draw(
    part: str, count: int | None = None, seed: int = 0
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Images uint8 [N, 32, 32, 3] in RGB order and labels int64 [N], all classes equally often.

    Args:
        part: "train", "validation" or "test"; the parts share no image.
        count: how many; the part's usual size if None.
        seed: another seed gives other images of the same kind.

    Raises:
        DataError: no such part.
    """
    if part not in SIZES:
        raise DataError(f"there is no part {part}", found=part, allowed=", ".join(SIZES))
    number = list(SIZES).index(part)
    total = SIZES[part] if count is None else count
    labels = np.arange(total, dtype=np.int64) % len(CLASS_NAMES)
    images = np.empty((total, SIDE, SIDE, 3), np.uint8)
    for index, label in enumerate(labels):
        random = np.random.default_rng([seed, number, index])
        images[index] = _draw_one(int(label), random)
    return images, labels


def _draw_one(label: int, random: np.random.Generator) -> NDArray[np.uint8]:
    face, mask = _face(label)
    transform = _pose(random)
    canvas = _background(random)
    size = (_WORK, _WORK)
    colour = cv2.warpPerspective(face, transform, size, flags=cv2.INTER_AREA)
    cover = cv2.warpPerspective(mask, transform, size, flags=cv2.INTER_AREA)[..., None]
    canvas = canvas * (1 - cover) + colour * _light(random) * cover
    return _camera(canvas.astype(np.float32), random)


@cache
def _face(label: int) -> tuple[Canvas, Canvas]:
    """The flat sign, colours 0 to 1, and its outline as 0 or 1."""
    face, mask = sign_faces.draw(label)
    return face.astype(np.float32) / 255, mask.astype(np.float32) / 255


def _pose(random: np.random.Generator) -> NDArray[Any]:
    """Map the flat sign's corners to a turned, tilted, scaled and shifted quadrilateral."""
    side = sign_faces.SIDE
    corners = np.array([[0, 0], [side, 0], [side, side], [0, side]], np.float32)
    centred = corners / side - 0.5
    angle = np.deg2rad(random.normal(0, 5))
    scale = random.uniform(0.62, 0.98) * _WORK
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    stretch = np.array([random.uniform(0.85, 1.0), 1.0])
    placed = centred * stretch @ turn.T * scale
    placed += random.uniform(-0.03, 0.03, (4, 2)) * scale
    placed += _WORK / 2 + random.uniform(-0.07, 0.07, 2) * _WORK
    return np.asarray(cv2.getPerspectiveTransform(corners, placed.astype(np.float32)))


def _background(random: np.random.Generator) -> Canvas:
    """Sky, leaves or walls: two colours blended, a few blurred boxes, and soft texture."""
    ramp = np.linspace(0, 1, _WORK, dtype=np.float32)
    blend = ramp[:, None, None] if random.random() < 0.5 else ramp[None, :, None]
    top, bottom = random.uniform(0.1, 0.9, (2, 3))
    canvas = np.ascontiguousarray(
        np.broadcast_to(top * (1 - blend) + bottom * blend, (_WORK, _WORK, 3)), np.float32
    )
    for _ in range(random.integers(0, 5)):
        first, second = random.integers(0, _WORK, (2, 2)).tolist()
        cv2.rectangle(canvas, first, second, random.uniform(0.05, 0.95, 3).tolist(), -1)
    canvas = cv2.GaussianBlur(canvas, (0, 0), random.uniform(1, 6))
    coarse = random.normal(0, random.uniform(0, 0.15), (12, 12, 1)).astype(np.float32)
    texture = cv2.resize(coarse, (_WORK, _WORK), interpolation=cv2.INTER_LINEAR)
    return np.asarray(canvas + texture[..., None], np.float32)


def _light(random: np.random.Generator) -> Canvas:
    """Brightness, tint, and a shadow that grows across the sign: factors [96, 96, 3]."""
    tint = random.uniform(0.35, 1.1) * random.uniform(0.9, 1.1, 3)
    direction = random.normal(0, 1, 2)
    direction /= np.linalg.norm(direction) + 1e-9
    ramp = np.linspace(-0.5, 0.5, _WORK)
    slope = direction[0] * ramp[:, None] + direction[1] * ramp[None, :]
    shade = 1 - random.uniform(0, 0.5) * (slope + 0.5)
    return np.asarray(shade[..., None] * tint, np.float32)


def _camera(canvas: Canvas, random: np.random.Generator) -> NDArray[np.uint8]:
    """Blur as by focus or motion, shrink, add haze, sensor noise and rounding."""
    canvas = cv2.GaussianBlur(canvas, (0, 0), random.uniform(0.3, 3.5))
    if random.random() < 0.3:
        length = int(random.integers(2, 8))
        kernel = np.full((1, length), 1 / length, np.float32)
        canvas = cv2.filter2D(canvas, -1, kernel if random.random() < 0.7 else kernel.T)
    small = cv2.resize(canvas, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    haze = random.uniform(0, 0.35)
    small = small * (1 - haze) + random.uniform(0.2, 0.9) * haze
    small += random.normal(0, random.uniform(0, 0.06), small.shape)
    pixels: NDArray[np.uint8] = np.rint(np.clip(small, 0, 1) * 255).astype(np.uint8)
    return pixels
