"""Batches for TensorFlow, shuffled, turned and shifted by the seed and the epoch alone.

A generator with the seed (seed, epoch) gives an epoch's order and changes. A killed and resumed run
therefore sees the same batches as an uninterrupted one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cbcnn_trainer import parts
from cbcnn_trainer.keras2 import erasing, levels, mixing
from cbcnn_trainer.keras2.backend import tf
from cbcnn_trainer.presets import Augmentation


class Order(NamedTuple):
    """How a run divides images into batches.

    Attributes:
        batch_size: images in a batch; the last one may be smaller.
        seed: of the run.
        balance: 0 takes each image once; 1 draws all classes alike, values between them less so.
    """

    batch_size: int
    seed: int
    balance: float = 0.0


def transforms(
    count: int, side: tuple[int, int], limits: Augmentation, random: np.random.Generator
) -> NDArray[np.float32]:
    """Random affine maps [count, 8] from output to input pixels, as TensorFlow's image ops take.

    Each turns and zooms about the centre of the image, then shifts. All are uniform within limits.
    """
    height, width = side
    angle = np.deg2rad(random.uniform(-limits.rotation, limits.rotation, count))
    zoom = random.uniform(1 - limits.zoom, 1 + limits.zoom, count)
    shift = random.uniform(-limits.shift, limits.shift, (count, 2)) * (width, height)
    cosine, sine = np.cos(angle) * zoom, np.sin(angle) * zoom
    centre_x, centre_y = (width - 1) / 2, (height - 1) / 2
    offset_x = centre_x + shift[:, 0] - cosine * centre_x + sine * centre_y
    offset_y = centre_y + shift[:, 1] - sine * centre_x - cosine * centre_y
    zero = np.zeros(count)
    rows = (cosine, -sine, offset_x, sine, cosine, offset_y, zero, zero)
    maps: NDArray[np.float32] = np.stack(rows, axis=1).astype(np.float32)
    return maps


def reverse(maps: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """The same maps from an output that is reversed left to right: x becomes width - 1 - x."""
    turned = maps.copy()
    for slope, offset in ((0, 2), (3, 5)):
        turned[:, offset] += maps[:, slope] * (width - 1)
        turned[:, slope] = -maps[:, slope]
    return turned


def warp(planes: Any, maps: Any) -> Any:
    """Move float32 planes [N, H, W, C] bilinearly and round them back to integers.

    Pixels from outside repeat the border. A mean of integers in range stays in range.
    """
    moved = tf.raw_ops.ImageProjectiveTransformV3(
        images=planes,
        transforms=maps,
        output_shape=tf.shape(planes)[1:3],
        interpolation="BILINEAR",
        fill_mode="NEAREST",
        fill_value=0.0,
    )
    return tf.round(moved)


def training(
    planes: Any,
    rows: Any,
    order: Order,
    *,
    limits: Augmentation,
    epoch: int,
    mirrors: Sequence[int | None] = (),
    retarget: Callable[[Any, Any, Any, Any], Any] | None = None,
) -> Any:
    """A `tf.data.Dataset` over one epoch, (float32 planes, target rows) in a new order.

    Args:
        planes: integer tensor [N, H, W, C] that stays in memory.
        rows: targets [N, classes].
        order: how images come into batches.
        limits: how much the images may change.
        epoch: counted from 0.
        mirrors: for each class the one that its images show when they are reversed left to right,
            or None. Half of the images that have one are reversed. Empty reverses nothing.
        retarget: gets the changed images, their rows, their numbers in `planes` and whether each is
            reversed, and gives the rows to train with.
    """
    moves = limits.moves or any(mirror is not None for mirror in mirrors)
    side = int(planes.shape[1]), int(planes.shape[2])
    classes = np.argmax(rows, axis=1)
    random = np.random.default_rng([order.seed, 2, epoch])
    drawn = _draw(classes, side, limits, mirrors, order.balance, random)
    table = tf.constant(_rows_of_classes(np.asarray(rows)))
    span = levels.range_of(planes.dtype.as_numpy_dtype)

    def pick(
        indices: Any,
        maps: Any,
        amounts: Any,
        seeds: Any,
        labels: Any,
        reversed_: Any,
        patches: tuple[Any, Any],
    ) -> tuple[Any, Any]:
        images = tf.cast(tf.gather(planes, indices), tf.float32)
        if moves:
            images = warp(images, maps)
        if limits.changes_levels:
            images = levels.change(images, amounts, seeds[0], limits, span)
        mixtures, rectangles = patches
        if limits.erasing:
            images = erasing.erase(images, rectangles, seeds[0][::-1], span)
        targets = tf.gather(table, labels)
        if retarget:
            targets = retarget(images, targets, indices, reversed_)
        return mixing.mix(images, targets, mixtures) if limits.mixes else (images, targets)

    source = tf.data.Dataset.from_tensor_slices(drawn)
    return _finish(source.batch(order.batch_size).map(pick, num_parallel_calls=2))


def _draw(
    classes: NDArray[np.int64],
    side: tuple[int, int],
    limits: Augmentation,
    mirrors: Sequence[int | None],
    balance: float,
    random: np.random.Generator,
) -> tuple[Any, ...]:
    """Everything random in an epoch: order, maps, amounts and seeds of levels, the labels, which
    images are reversed, how they are mixed, and what is erased.
    """
    count = len(classes)
    order = parts.order_of_epoch(classes, balance, random)
    maps = transforms(count, side, limits, random)
    amounts, seeds = levels.draw(count, limits, random)
    labels = classes[order]
    chosen = np.zeros(count, bool)
    if mirrors:
        partners = np.array([-1 if mirror is None else mirror for mirror in mirrors])[labels]
        chosen = (random.random(count) < 0.5) & (partners >= 0)
        maps = np.where(chosen[:, None], reverse(maps, side[1]), maps)
        labels = np.where(chosen, partners, labels)
    mixtures = mixing.draw(count, limits, random)
    rectangles = erasing.draw(count, limits.erasing, random)
    return order, maps, amounts, seeds, labels, chosen, (mixtures, rectangles)


def _rows_of_classes(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """The target row of every class, from rows of which each has its highest value at its class."""
    table = np.full((rows.shape[1], rows.shape[1]), rows.min(), np.float32)
    np.fill_diagonal(table, rows.max())
    return table


def plain(planes: Any, rows: Any, batch_size: int) -> Any:
    """A `tf.data.Dataset` over all images in their order, unchanged."""
    source = tf.data.Dataset.from_tensor_slices((planes, rows)).batch(batch_size)
    return _finish(source.map(lambda images, row: (tf.cast(images, tf.float32), row)))


def _finish(source: Any) -> Any:
    """Deterministic order, and shares of the data for each worker where there are several."""
    options = tf.data.Options()
    options.deterministic = True
    policy = tf.data.experimental.AutoShardPolicy.DATA
    options.experimental_distribute.auto_shard_policy = policy
    return source.prefetch(2).with_options(options)
