"""Images of a batch mixed with each other, and darker and lighter pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("larq", reason="needs the [train] extra")

from cbcnn_trainer.exposure import expose
from cbcnn_trainer.keras2 import batches, mixing
from cbcnn_trainer.keras2.backend import tf
from cbcnn_trainer.presets import Augmentation

IMAGES = np.stack([np.full((10, 10, 1), level, np.float32) for level in (10, 20, 40)])
ROWS = np.eye(3, dtype=np.float32)


def mixed(amounts: list[list[float]]) -> tuple[NDArray[Any], NDArray[Any]]:
    images, rows = mixing.mix(IMAGES, ROWS, np.array(amounts, np.float32))
    return images.numpy(), rows.numpy()


def test_a_blend_mixes_levels_and_targets_in_the_same_proportion() -> None:
    images, rows = mixed([[0.7, 1, 0.5, 0.5], [1, 1, 0, 0], [0.5, 1, 0, 0]])
    assert np.unique(images[0]).tolist() == [19]  # 0.7 * 10 + 0.3 * 40, the image in front of it
    np.testing.assert_allclose(rows[0], [0.7, 0, 0.3], atol=1e-6)
    np.testing.assert_array_equal(images[1], IMAGES[1])
    np.testing.assert_array_equal(rows[1], ROWS[1])
    assert np.unique(images[2]).tolist() == [30]
    np.testing.assert_allclose(rows[2], [0, 0.5, 0.5], atol=1e-6)


def test_a_square_brings_as_much_of_its_target_as_it_covers() -> None:
    images, rows = mixed([[1, 0.64, 0.5, 0.5], [1, 0.64, 0, 0], [1, 1, 0.5, 0.5]])
    for image, row, other, pixels in ((0, 0, 40, 36), (1, 1, 10, 9)):
        assert (images[image] == other).sum() == pixels
        assert rows[row].max() == pytest.approx(1 - pixels / 100)
    assert images[1, 0, 0, 0] == 10
    np.testing.assert_array_equal(images[2], IMAGES[2])


@pytest.mark.parametrize(
    ("limits", "blends", "cuts"),
    [
        (Augmentation(mixup=0.4), True, False),
        (Augmentation(cutmix=1.0), False, True),
        (Augmentation(mixup=0.4, cutmix=1.0), True, True),
    ],
)
def test_what_is_asked_for_is_drawn_and_no_image_gets_both(
    limits: Augmentation, blends: bool, cuts: bool
) -> None:
    amounts = mixing.draw(1000, limits, np.random.default_rng(0))
    assert (amounts >= 0).all()
    assert (amounts <= 1).all()
    assert (amounts[:, :2] >= 0.5).all()
    changed = amounts[:, :2] < 1
    assert changed.any(axis=0).tolist() == [blends, cuts]
    assert not changed.all(axis=1).any()
    if blends and cuts:
        assert 400 < changed[:, 0].sum() < 600


def test_batches_are_mixed_behind_all_other_changes_and_the_teacher() -> None:
    seen: list[Any] = []

    def retarget(images: Any, rows: Any, numbers: Any, mirrored: Any) -> Any:
        seen.append(images)
        return rows

    planes = tf.constant(np.arange(60, dtype=np.uint8).reshape(60, 1, 1, 1).repeat(4, 1))
    data = batches.training(
        planes,
        tf.constant(np.eye(60, dtype=np.float32)),
        batches.Order(20, 0),
        limits=Augmentation(mixup=1.0),
        epoch=0,
        retarget=retarget,
    )
    rows = np.concatenate([rows for _, rows in data.as_numpy_iterator()])
    images = np.concatenate([images for images, _ in data.as_numpy_iterator()])
    np.testing.assert_allclose(rows.sum(axis=1), 1, atol=1e-5)
    assert (np.count_nonzero(rows, axis=1) == 2).mean() > 0.9
    expected = rows @ np.arange(60)
    assert np.abs(images[:, 0, 0, 0] - expected).max() <= 0.5 + 1e-3
    assert len(seen) == 1


def test_balanced_classes_are_drawn_alike() -> None:
    labels = np.repeat([0, 1, 2], [900, 90, 10])
    shares = {}
    for balance in (0.0, 0.5, 1.0):
        data = batches.training(
            tf.constant(np.zeros((1000, 1, 1, 1), np.uint8)),
            tf.constant(np.eye(3, dtype=np.float32)[labels]),
            batches.Order(1000, 0, balance),
            limits=Augmentation(),
            epoch=0,
        )
        ((_, rows),) = data.as_numpy_iterator()
        shares[balance] = rows.mean(axis=0)
    np.testing.assert_allclose(shares[0.0], [0.9, 0.09, 0.01], atol=1e-6)
    np.testing.assert_allclose(shares[1.0], [1 / 3] * 3, atol=0.06)
    roots = np.sqrt([900, 90, 10])
    np.testing.assert_allclose(shares[0.5], roots / roots.sum(), atol=0.06)


@pytest.mark.parametrize("shape", [(500, 4, 4), (500, 4, 4, 3)])
def test_exposure_clips_as_a_camera_does(shape: tuple[int, ...]) -> None:
    images = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    found = expose(images, 0.5, np.random.default_rng(1))
    assert found.dtype == np.uint8
    assert found.shape == shape
    means = found.reshape(500, -1).mean(axis=1) - images.reshape(500, -1).mean(axis=1)
    assert means.min() < -60
    assert means.max() > 60
    assert (found == 0).mean() > 0.1
    assert (found == 255).mean() > 0.1
    np.testing.assert_array_equal(expose(images, 0.0, np.random.default_rng(1)), images)


def test_an_exposed_picture_keeps_the_order_of_its_levels() -> None:
    ramp = np.arange(256, dtype=np.uint8).reshape(1, 16, 16).repeat(50, axis=0)
    for image in expose(ramp, 0.4, np.random.default_rng(0)):
        assert (np.diff(image.ravel().astype(int)) >= 0).all()
