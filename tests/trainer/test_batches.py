"""Batches depend on seed and epoch alone, and augmentation keeps integers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("larq", reason="needs the [train] extra")

from cbcnn_trainer import parts
from cbcnn_trainer.keras2 import batches
from cbcnn_trainer.keras2.backend import tf
from cbcnn_trainer.presets import Augmentation

ROAD = Augmentation(shift=0.1, rotation=15.0, zoom=0.2)
PLANES = np.random.default_rng(0).integers(-127, 128, (23, 8, 8, 1)).astype(np.int8)
ROWS = parts.targets(np.arange(23) % 3, 3, "squared-hinge")


def collect(epoch: int, *, seed: int = 0, limits: Augmentation = ROAD) -> list[NDArray[Any]]:
    data = batches.training(
        tf.constant(PLANES), tf.constant(ROWS), batches.Order(5, seed), limits=limits, epoch=epoch
    )
    return [np.concatenate(parts) for parts in zip(*data.as_numpy_iterator(), strict=True)]


def test_an_epoch_repeats_exactly() -> None:
    for first, second in zip(collect(3), collect(3), strict=True):
        np.testing.assert_array_equal(first, second)


def test_another_epoch_or_seed_gives_another_order() -> None:
    rows = collect(0)[1]
    assert not np.array_equal(rows, collect(1)[1])
    assert not np.array_equal(rows, collect(0, seed=1)[1])


def test_an_epoch_shows_each_image_once_with_its_own_target() -> None:
    images, rows = collect(0, limits=Augmentation())
    expected = {(PLANES[n].tobytes(), ROWS[n].tobytes()) for n in range(len(PLANES))}
    found = {
        (image.astype(np.int8).tobytes(), row.tobytes())
        for image, row in zip(images, rows, strict=True)
    }
    assert found == expected
    assert len(images) == len(PLANES)


def test_augmented_planes_are_integers_in_range() -> None:
    images, _ = collect(0)
    np.testing.assert_array_equal(images, np.rint(images))
    assert np.abs(images).max() <= 127
    assert images.dtype == np.float32


def test_no_change_at_all_is_the_identity() -> None:
    maps = batches.transforms(4, (8, 8), Augmentation(), np.random.default_rng(0))
    planes = tf.constant(PLANES[:4].astype(np.float32))
    np.testing.assert_array_equal(batches.warp(planes, maps), planes)


def test_a_turn_keeps_the_centre_and_a_shift_moves_it() -> None:
    plane = np.zeros((1, 9, 9, 1), np.float32)
    plane[0, 4, 4] = 100
    turned = batches.transforms(1, (9, 9), Augmentation(rotation=90), np.random.default_rng(1))
    assert batches.warp(plane, turned).numpy()[0, 4, 4, 0] == 100
    shift = np.array([[1, 0, 2, 0, 1, 0, 0, 0]], np.float32)
    assert batches.warp(plane, shift).numpy()[0, 4, 2, 0] == 100


def test_changes_stay_within_their_limits() -> None:
    maps = batches.transforms(5000, (32, 32), ROAD, np.random.default_rng(2))
    zoom = np.hypot(maps[:, 0], maps[:, 3])
    angle = np.degrees(np.arctan2(maps[:, 3], maps[:, 0]))
    centre = maps[:, 0] * 15.5 + maps[:, 1] * 15.5 + maps[:, 2] - 15.5
    assert 0.8 <= zoom.min() < 0.81
    assert 1.19 < zoom.max() <= 1.2 + 1e-6
    assert 14.5 < np.abs(angle).max() <= 15 + 1e-4
    assert 3.1 < np.abs(centre).max() <= 3.2 + 1e-4


def test_reversing_moves_each_pixel_to_the_other_side() -> None:
    same = batches.transforms(4, (8, 8), Augmentation(), np.random.default_rng(0))
    planes = PLANES[:4].astype(np.float32)
    turned = batches.warp(tf.constant(planes), batches.reverse(same, 8))
    np.testing.assert_array_equal(turned, planes[:, :, ::-1])


def mirrored_batches(**options: Any) -> Any:
    """An epoch in which images of the first two classes show each other when reversed."""
    return batches.training(
        tf.constant(PLANES),
        tf.constant(ROWS),
        batches.Order(5, 0),
        limits=Augmentation(),
        epoch=0,
        mirrors=(1, 0, None),
        **options,
    )


def test_mirrored_images_show_the_class_of_their_mirror_image() -> None:
    data = mirrored_batches()
    images, rows = (np.concatenate(parts) for parts in zip(*data.as_numpy_iterator(), strict=True))
    mirrored = 0
    for image, target in zip(images, rows, strict=True):
        same = [n for n in range(23) if np.array_equal(image, PLANES[n])]
        other = [n for n in range(23) if np.array_equal(image, PLANES[n, :, ::-1])]
        label = int(np.argmax(target))
        mirrored += len(other)
        assert [n % 3 for n in same] == [label] or [(1, 0, None)[n % 3] for n in other] == [label]
    assert 3 < mirrored < 14


def test_a_teacher_is_told_which_image_it_sees_and_whether_it_is_reversed() -> None:
    seen = []

    def note(images: Any, rows: Any, numbers: Any, mirrored: Any) -> Any:
        tf.numpy_function(lambda *told: seen.append(told), [images, numbers, mirrored], [])
        return rows

    assert len(list(mirrored_batches(retarget=note))) == len(seen)
    images, numbers, mirrored = (np.concatenate(parts) for parts in zip(*seen, strict=True))
    assert sorted(numbers) == list(range(23))
    assert set(mirrored) == {True, False}
    for image, number, reverse in zip(images, numbers, mirrored, strict=True):
        plane = PLANES[number]
        np.testing.assert_array_equal(image, plane[:, ::-1] if reverse else plane)


def test_changed_levels_depend_on_seed_and_epoch_alone() -> None:
    limits = Augmentation(brightness=0.1, contrast=0.3, blur=1.0, noise=0.03, cutout=0.3)
    first, second = collect(3, limits=limits)[0], collect(3, limits=limits)[0]
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, collect(3, limits=Augmentation())[0])


def test_an_order_does_not_depend_on_what_is_changed() -> None:
    limits = Augmentation(shift=0.1, noise=0.03)
    np.testing.assert_array_equal(collect(2)[1], collect(2, limits=limits)[1])


def test_targets_suit_their_loss() -> None:
    labels = np.array([1, 0])
    assert parts.targets(labels, 2, "squared-hinge").tolist() == [[-1, 1], [1, -1]]
    assert parts.targets(labels, 2, "cross-entropy").tolist() == [[0, 1], [1, 0]]
