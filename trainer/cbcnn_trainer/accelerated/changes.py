"""Random changes of a batch on the device: places, levels, mirrors, and mixtures of two images.

They are those of `batches`, `levels` and `mixing`, with other random numbers: what a step draws
follows from its key alone. Planes stay integers in their range.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final, NamedTuple

import jax
from jax import numpy as jnp
from jax.scipy.ndimage import map_coordinates

Array = Any

_BINOMIAL: Final = (1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16)


class LevelRange(NamedTuple):
    """Lowest, middle and highest level of a plane."""

    low: float
    middle: float
    high: float


UNSIGNED: Final = LevelRange(0, 128, 255)
SIGNED: Final = LevelRange(-127, 0, 127)


def reverse(
    key: Array, images: Array, labels: Array, mirrors: tuple[int, ...]
) -> tuple[Array, Array, Array]:
    """Images of which half of those that may be are reversed, their labels, and which they are."""
    if not mirrors:
        return images, labels, jnp.zeros(len(labels), bool)
    partners = jnp.asarray(mirrors)[labels]
    chosen = jax.random.bernoulli(key, 0.5, labels.shape) & (partners >= 0)
    turned = jnp.where(chosen[:, None, None, None], images[:, :, ::-1], images)
    return turned, jnp.where(chosen, partners, labels), chosen


def move(key: Array, images: Array, limits: Mapping[str, float]) -> Array:
    """Images turned and zoomed about their centre, then shifted, all uniform within limits."""
    if not (limits["shift"] or limits["rotation"] or limits["zoom"]):
        return images
    count, height, width, _ = images.shape
    turn, grow, places = jax.random.split(key, 3)
    draw = partial(jax.random.uniform, shape=(count,))
    angle = jnp.deg2rad(draw(turn, minval=-limits["rotation"], maxval=limits["rotation"]))
    zoom = draw(grow, minval=1 - limits["zoom"], maxval=1 + limits["zoom"])
    shift = jax.random.uniform(places, (count, 2), minval=-limits["shift"], maxval=limits["shift"])
    cosine, sine = jnp.cos(angle) * zoom, jnp.sin(angle) * zoom
    rows, columns = jnp.meshgrid(
        jnp.arange(height) - (height - 1) / 2, jnp.arange(width) - (width - 1) / 2, indexing="ij"
    )

    def warp(image: Array, cosine: Array, sine: Array, shift: Array) -> Array:
        row = sine * columns + cosine * rows + (height - 1) / 2 + shift[1] * height
        column = cosine * columns - sine * rows + (width - 1) / 2 + shift[0] * width
        sample = partial(map_coordinates, coordinates=[row, column], order=1, mode="nearest")
        return jax.vmap(sample, in_axes=-1, out_axes=-1)(image)

    return jnp.round(jax.vmap(warp)(images, cosine, sine, shift))


def change_levels(
    key: Array, images: Array, limits: Mapping[str, float], levels: LevelRange
) -> Array:
    """Images with other brightness, contrast and sharpness, with noise, and a square cut out."""
    names = ("brightness", "contrast", "blur", "noise", "cutout")
    if not any(limits[name] for name in names):
        return images
    keys = dict(zip(names, jax.random.split(key, len(names)), strict=True))
    span = levels.high - levels.low

    def draw(name: str, low: float, high: float) -> Array:
        return jax.random.uniform(keys[name], (len(images), 1, 1, 1), minval=low, maxval=high)

    if limits["blur"]:
        blur = draw("blur", -limits["blur"] / 2, limits["blur"])
        images = images + blur * (smooth(images) - images)
    if limits["contrast"] or limits["brightness"]:
        contrast = draw("contrast", 1 - limits["contrast"], 1 + limits["contrast"])
        brightness = draw("brightness", -limits["brightness"], limits["brightness"])
        images = levels.middle + (images - levels.middle) * contrast + brightness * span
    if limits["noise"]:
        noise = jax.random.normal(keys["noise"], images.shape)
        images = images + noise * limits["noise"] * span
    if limits["cutout"]:
        y, x = jax.random.uniform(keys["cutout"], (2, len(images)))
        half = jnp.full(len(images), limits["cutout"] / 2)
        images = jnp.where(_square(images, y, x, half), levels.middle, images)
    return jnp.clip(jnp.round(images), levels.low, levels.high)


def mix(key: Array, images: Array, rows: Array, limits: Mapping[str, float]) -> tuple[Array, Array]:
    """Images blended with the next one of the batch, or with a square of it, and their targets."""
    mixup, cutmix = limits.get("mixup", 0.0), limits.get("cutmix", 0.0)
    if not (mixup or cutmix):
        return images, rows
    count = len(images)
    which, one, other, centre = jax.random.split(key, 4)
    blends = jax.random.bernoulli(which, 0.5, (count,)) if mixup and cutmix else bool(mixup)
    blend = jnp.where(blends, _shares(one, count, mixup), 1.0)
    kept = jnp.where(blends, 1.0, _shares(other, count, cutmix))
    y, x = jax.random.uniform(centre, (2, count))
    others, their_rows = jnp.roll(images, 1, axis=0), jnp.roll(rows, 1, axis=0)
    inside = _square(images, y, x, jnp.sqrt(1 - kept) / 2)
    share = (blend * (1 - inside.mean(axis=(1, 2, 3))))[:, None]
    wide = blend[:, None, None, None]
    blended = jnp.round(wide * images + (1 - wide) * others)
    return jnp.where(inside, others, blended), share * rows + (1 - share) * their_rows


def smooth(images: Array) -> Array:
    """Mean of each pixel's 5x5 surroundings with binomial weights; the border is mirrored."""
    for axis in (1, 2):
        widths = [(2, 2) if at == axis else (0, 0) for at in range(images.ndim)]
        padded, side = jnp.pad(images, widths, mode="symmetric"), images.shape[axis]
        parts = (
            weight * jax.lax.slice_in_dim(padded, start, start + side, axis=axis)
            for start, weight in enumerate(_BINOMIAL)
        )
        images = sum(parts)
    return images


def _shares(key: Array, count: int, alpha: float) -> Array:
    """Shares of the image itself, of Beta(alpha, alpha), the larger part being its own."""
    if not alpha:
        return jnp.ones(count)
    drawn = jax.random.beta(key, alpha, alpha, (count,))
    return jnp.maximum(drawn, 1 - drawn)


def _square(images: Array, y: Array, x: Array, half: Array) -> Array:
    """Which pixels [N, H, W, 1] are within `half` of a side of the centres y, x in both ways."""
    rows, columns = ((jnp.arange(side) + 0.5) / side for side in images.shape[1:3])
    near_row = jnp.abs(rows[None] - y[:, None]) < half[:, None]
    near_column = jnp.abs(columns[None] - x[:, None]) < half[:, None]
    return (near_row[:, :, None] & near_column[:, None, :])[..., None]
