"""Random changes of a batch on the device: places, levels, mirrors, and mixtures of two images.

They are those of `keras2.batches`, `levels` and `mixing`, with other random numbers, in operations
that TensorFlow, JAX and PyTorch have. Every draw asks for a seed of its own, so what a step draws
follows from the state that its seeds come from. Planes stay integers in their range.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from cbcnn_trainer.keras3.backend import keras

ops: Final[Any] = keras.ops

Array = Any
Seeds = Callable[[], Any]
"""Gives a seed of `keras.random`, another one each time."""

_BINOMIAL: Final = (1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16)


class LevelRange(NamedTuple):
    """Lowest, middle and highest level of a plane."""

    low: float
    middle: float
    high: float


UNSIGNED: Final = LevelRange(0, 128, 255)
SIGNED: Final = LevelRange(-127, 0, 127)


def levels_of(dtype: Any) -> LevelRange:
    """The levels of planes of a type; signed planes are symmetric and never hold -128."""
    return UNSIGNED if np.dtype(dtype) == np.uint8 else SIGNED


def reverse(
    seeds: Seeds, images: Array, labels: Array, mirrors: Sequence[int]
) -> tuple[Array, Array, Array]:
    """Images of which half of those that may be are reversed, their labels, and which they are.

    Args:
        seeds: of the draws.
        images: planes as float32 [N, H, W, C].
        labels: int32 [N].
        mirrors: for each class the one that its reversed images show, or -1; empty for none.
    """
    if not mirrors:
        return images, labels, ops.zeros_like(labels, dtype="bool")
    partners = ops.take(ops.convert_to_tensor(np.array(mirrors, np.int32)), labels)
    heads = _uniform(seeds, (_count(images),), 0, 1) < 0.5
    chosen = ops.logical_and(heads, partners >= 0)
    turned = ops.where(_wide(chosen), ops.flip(images, axis=2), images)
    return turned, ops.where(chosen, partners, labels), chosen


def move(seeds: Seeds, images: Array, limits: Mapping[str, float]) -> Array:
    """Images turned and zoomed about their centre, then shifted, all uniform within limits."""
    if not (limits["shift"] or limits["rotation"] or limits["zoom"]):
        return images
    (height, width), count = images.shape[1:3], _count(images)
    most = math.radians(limits["rotation"])
    angle = _uniform(seeds, (count, 1, 1), -most, most)
    zoom = _uniform(seeds, (count, 1, 1), 1 - limits["zoom"], 1 + limits["zoom"])
    down = _uniform(seeds, (count, 1, 1), -limits["shift"], limits["shift"]) * height
    right = _uniform(seeds, (count, 1, 1), -limits["shift"], limits["shift"]) * width
    cosine, sine = ops.cos(angle) * zoom, ops.sin(angle) * zoom
    y, x = (height - 1) / 2, (width - 1) / 2
    grid = np.meshgrid(np.arange(height) - y, np.arange(width) - x, indexing="ij")
    rows, columns = (ops.convert_to_tensor(axis[None].astype(np.float32)) for axis in grid)
    row = sine * columns + cosine * rows + y + down
    column = cosine * columns - sine * rows + x + right
    return ops.round(_sample(images, row, column))


def _sample(images: Array, row: Array, column: Array) -> Array:
    """Bilinear means at places [N, H, W]; what is outside repeats the border.

    `keras.ops.image.affine_transform` does the same one image after the other on PyTorch.
    """
    height, width, channels = images.shape[1:]
    row, column = ops.clip(row, 0, height - 1), ops.clip(column, 0, width - 1)
    top = ops.clip(ops.floor(row), 0, max(height - 2, 0))
    left = ops.clip(ops.floor(column), 0, max(width - 2, 0))
    flat = ops.reshape(images, (-1, height * width, channels))

    def pick(down: int, right: int) -> Array:
        place = ops.minimum(top + down, height - 1) * width + ops.minimum(left + right, width - 1)
        numbers = ops.cast(ops.reshape(place, (-1, height * width, 1)), "int32")
        found = ops.take_along_axis(flat, ops.repeat(numbers, channels, axis=2), axis=1)
        return ops.reshape(found, (-1, height, width, channels))

    down, right = (row - top)[..., None], (column - left)[..., None]
    upper = pick(0, 0) * (1 - right) + pick(0, 1) * right
    lower = pick(1, 0) * (1 - right) + pick(1, 1) * right
    return upper * (1 - down) + lower * down


def change_levels(
    seeds: Seeds, images: Array, limits: Mapping[str, float], levels: LevelRange
) -> Array:
    """Images with other brightness, contrast and sharpness, with noise, and a square cut out."""
    if not any(limits[name] for name in ("brightness", "contrast", "blur", "noise", "cutout")):
        return images
    span, each = levels.high - levels.low, (_count(images), 1, 1, 1)
    if limits["blur"]:
        blur = _uniform(seeds, each, -limits["blur"] / 2, limits["blur"])
        images = images + blur * (smooth(images) - images)
    if limits["contrast"] or limits["brightness"]:
        contrast = _uniform(seeds, each, 1 - limits["contrast"], 1 + limits["contrast"])
        brightness = _uniform(seeds, each, -limits["brightness"], limits["brightness"])
        images = levels.middle + (images - levels.middle) * contrast + brightness * span
    if limits["noise"]:
        noise = keras.random.normal(ops.shape(images), dtype="float32", seed=seeds())
        images = images + noise * limits["noise"] * span
    if limits["cutout"]:
        y, x = (_uniform(seeds, each, 0, 1) for _ in range(2))
        images = ops.where(_square(images, y, x, limits["cutout"] / 2), levels.middle, images)
    return ops.clip(ops.round(images), levels.low, levels.high)


def mix(
    seeds: Seeds, images: Array, rows: Array, limits: Mapping[str, float]
) -> tuple[Array, Array]:
    """Images blended with the next one of the batch, or with a square of it, and their targets."""
    mixup, cutmix = limits.get("mixup", 0.0), limits.get("cutmix", 0.0)
    if not (mixup or cutmix):
        return images, rows
    each = (_count(images), 1, 1, 1)
    blend, kept = _shares(seeds, each, mixup), _shares(seeds, each, cutmix)
    if mixup and cutmix:
        blends = _uniform(seeds, each, 0, 1) < 0.5
        blend, kept = ops.where(blends, blend, 1.0), ops.where(blends, 1.0, kept)
    y, x = (_uniform(seeds, each, 0, 1) for _ in range(2))
    others, their_rows = ops.roll(images, 1, axis=0), ops.roll(rows, 1, axis=0)
    inside = _square(images, y, x, ops.sqrt(1 - kept) / 2)
    covered = ops.mean(ops.cast(inside, "float32"), axis=(1, 2, 3))
    share = (blend[:, 0, 0, 0] * (1 - covered))[:, None]
    blended = ops.round(blend * images + (1 - blend) * others)
    return ops.where(inside, others, blended), share * rows + (1 - share) * their_rows


def smooth(images: Array) -> Array:
    """Mean of each pixel's 5x5 surroundings with binomial weights; the border is mirrored."""
    height, width = images.shape[1:3]
    down = ops.concatenate(
        [ops.flip(images[:, :2], axis=1), images, ops.flip(images[:, -2:], axis=1)], axis=1
    )
    images = sum(part * down[:, at : at + height] for at, part in enumerate(_BINOMIAL))
    across = ops.concatenate(
        [ops.flip(images[:, :, :2], axis=2), images, ops.flip(images[:, :, -2:], axis=2)], axis=2
    )
    return sum(part * across[:, :, at : at + width] for at, part in enumerate(_BINOMIAL))


def _uniform(seeds: Seeds, shape: tuple[Any, ...], low: float, high: float) -> Array:
    return keras.random.uniform(shape, low, high, dtype="float32", seed=seeds())


def _shares(seeds: Seeds, shape: tuple[Any, ...], alpha: float) -> Array:
    """Shares of the image itself, of Beta(alpha, alpha), the larger part being its own."""
    if not alpha:
        return ops.ones(shape, dtype="float32")
    drawn = keras.random.beta(shape, alpha, alpha, dtype="float32", seed=seeds())
    return ops.maximum(drawn, 1 - drawn)


def _square(images: Array, y: Array, x: Array, half: Array) -> Array:
    """Which pixels [N, H, W, 1] are within `half` of a side of the centres y, x in both ways."""
    rows, columns = ((np.arange(side) + 0.5) / side for side in images.shape[1:3])
    near_row = ops.abs(ops.convert_to_tensor(rows[None, :, None, None], dtype="float32") - y) < half
    places = ops.convert_to_tensor(columns[None, None, :, None], dtype="float32")
    return ops.logical_and(near_row, ops.abs(places - x) < half)


def _wide(values: Array) -> Array:
    return values[:, None, None, None]


def _count(images: Array) -> Any:
    """Images of the batch; a tensor where TensorFlow does not know it beforehand."""
    return ops.shape(images)[0]
