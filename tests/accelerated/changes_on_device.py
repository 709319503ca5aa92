"""Changes of a batch on the device: what they may do to an image, and what they may not.

`test_accelerator.py` runs these in a process of its own: JAX's threads outlast a test, and whoever
forks beside them is warned. `make backends` runs them on PyTorch too.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cbcnn_trainer.keras3 import changes
from cbcnn_trainer.keras3.backend import keras

NONE = dict.fromkeys(
    (
        *("shift", "rotation", "zoom", "brightness", "contrast", "blur", "noise", "cutout"),
        *("mixup", "cutmix"),
    ),
    0.0,
)


def seeds() -> Any:
    """The seeds of one test, the same in each."""
    generator = keras.random.SeedGenerator(3)
    return lambda: generator


def asarray(tensor: Any) -> Any:
    return keras.ops.convert_to_numpy(tensor)


def on_device(values: Any) -> Any:
    """A tensor of the backend."""
    return keras.ops.convert_to_tensor(values)


def drawn(low: int = 0, high: int = 255) -> Any:
    rng = np.random.default_rng(1)
    return rng.integers(low, high, (40, 12, 10, 1), endpoint=True).astype(np.float32)


def test_without_limits_nothing_changes() -> None:
    images, rows = on_device(drawn()), on_device(np.eye(40, dtype=np.float32))
    assert changes.move(seeds(), images, NONE) is images
    assert changes.change_levels(seeds(), images, NONE, changes.UNSIGNED) is images
    mixed = changes.mix(seeds(), images, rows, NONE)
    assert all(one is other for one, other in zip(mixed, (images, rows), strict=True))


@pytest.mark.parametrize("levels", [changes.UNSIGNED, changes.SIGNED])
def test_levels_stay_integers_in_the_range_of_the_plane(levels: changes.LevelRange) -> None:
    limits = {**NONE, "brightness": 0.4, "contrast": 0.5, "blur": 1.0, "noise": 0.1, "cutout": 0.4}
    images = on_device(drawn(int(levels.low), int(levels.high)))
    found = asarray(changes.change_levels(seeds(), images, limits, levels))
    assert (found == np.round(found)).all()
    assert (found.min(), found.max()) == (levels.low, levels.high)
    assert (found == levels.middle).mean() > 0.05


def test_a_shift_of_whole_pixels_moves_them_and_repeats_the_border() -> None:
    image = np.tile(np.arange(10, dtype=np.float32), (1, 12, 1))[..., None]
    images = on_device(np.repeat(image, 40, axis=0))
    found = asarray(changes.move(seeds(), images, {**NONE, "shift": 0.3}))
    assert (found == np.round(found)).all()
    assert (np.diff(found, axis=2) >= 0).all()
    assert found[:, :, 0].max() >= 2
    assert found[:, :, -1].min() <= 7
    assert (found[:, :1] == found).all(), "rows of an image that is alike from row to row"


def test_a_quarter_turn_of_noise_keeps_its_levels() -> None:
    images = on_device(drawn())
    found = asarray(changes.move(seeds(), images, {**NONE, "rotation": 90.0, "zoom": 0.2}))
    assert (found == np.round(found)).all()
    assert found.min() >= 0
    assert found.max() <= 255
    assert (found != drawn()).mean() > 0.5


def test_images_are_reversed_with_their_labels_where_a_class_has_a_mirror() -> None:
    images, labels = drawn(), np.arange(40) % 3
    given = on_device(images), on_device(labels)
    found, new, chosen = map(asarray, changes.reverse(seeds(), *given, (1, 0, -1)))
    assert not chosen[labels == 2].any()
    assert 5 < chosen.sum() < 25
    np.testing.assert_array_equal(found[chosen], images[chosen][:, :, ::-1])
    np.testing.assert_array_equal(found[~chosen], images[~chosen])
    np.testing.assert_array_equal(new, np.where(chosen, np.array([1, 0, 2])[labels], labels))


@pytest.mark.parametrize("kinds", [("mixup",), ("cutmix",), ("mixup", "cutmix")])
def test_images_and_targets_are_mixed_in_one_proportion(kinds: tuple[str, ...]) -> None:
    """Of images of one level each, the level tells how much of each is in the mixture."""
    own = np.arange(40, dtype=np.float32) * 2
    images = np.broadcast_to(own[:, None, None, None], (40, 40, 40, 1))
    limits = {**NONE, **dict.fromkeys(kinds, 1.0)}
    given = on_device(images), on_device(np.eye(40, dtype=np.float32))
    found, rows = map(asarray, changes.mix(seeds(), *given, limits))
    np.testing.assert_allclose(rows.sum(axis=1), 1, rtol=1e-5)
    share = rows[np.arange(40), np.arange(40)]
    means = share * own + (1 - share) * np.roll(own, 1)
    assert np.abs(found.mean(axis=(1, 2, 3))[1:] - means[1:]).max() <= 0.51
    assert share.min() < 0.9
