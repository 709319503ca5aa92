"""The data set readers: every accepted form, and a clear error for each damaged one."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from cbcnn_inputs import datasets
from cbcnn_inputs.datasets import gtsrb, idx, registry, sign_faces, signs, splits
from cbcnn_inputs.errors import DataError
from support.idx_files import idx_bytes, write_idx_folder


def write_png(path: Path, image: NDArray[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = image if image.ndim == 2 else image[..., ::-1]
    assert cv2.imwrite(str(path), content)


@pytest.mark.parametrize("zipped", [False, True])
def test_idx_folders_are_read_gzipped_or_not(tmp_path: Path, zipped: bool) -> None:
    images = write_idx_folder(tmp_path / "mnist", zipped=zipped)
    dataset = datasets.load("mnist", tmp_path)
    assert dataset.class_names == tuple("0123456789")
    np.testing.assert_array_equal(dataset.test.images, images)
    together = len(dataset.train.labels) + len(dataset.validation.labels)
    assert together == len(images)
    loaded = datasets.load_images(tmp_path / "mnist", limit=7)
    np.testing.assert_array_equal(loaded.images, images[:7])
    assert loaded.labels is not None
    assert loaded.labels.tolist() == list(range(7))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "not an IDX file", id="empty"),
        pytest.param(b"\0\0\x08\x01\0\0\0\x02ab", "not an IDX file", id="too few dimensions"),
        pytest.param(b"\0\0\x0d\x03" + bytes(12), "not an IDX file", id="floats"),
        pytest.param(b"\0\0\x08\x03\0\0", "wrong length", id="header cut"),
        pytest.param(
            b"\0\0\x08\x03" + struct.pack(">3I", 2, 2, 2) + bytes(7),
            "wrong length",
            id="a byte too short",
        ),
        pytest.param(
            b"\0\0\x08\x03" + struct.pack(">3I", 2, 2, 2) + bytes(9),
            "wrong length",
            id="a byte too long",
        ),
        pytest.param(
            b"\0\0\x08\x03" + struct.pack(">3I", 2**31, 2**31, 2**31),
            "in one image",
            id="huge",
        ),
        pytest.param(b"\x1f\x8b\x08rubbish", "cannot be read", id="not gzip"),
        pytest.param(
            gzip.compress(idx_bytes(np.zeros((9, 2, 2), np.uint8)))[:-20],
            "cannot be read",
            id="gzip cut",
        ),
    ],
)
def test_a_damaged_idx_file_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "images"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        idx.read(path, dimensions=3)
    assert "images" in str(caught.value)


def test_idx_files_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    write_idx_folder(tmp_path, zipped=False)
    (tmp_path / "t10k-labels-idx1-ubyte").write_bytes(idx_bytes(np.zeros(3, np.uint8)))
    with pytest.raises(DataError, match="do not belong together"):
        datasets.load_images(tmp_path)


def test_labels_out_of_range_are_refused(tmp_path: Path) -> None:
    write_idx_folder(tmp_path, zipped=False)
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx_bytes(np.full(40, 12, np.uint8)))
    with pytest.raises(DataError, match="out of range"):
        datasets.load("mnist", tmp_path)


def test_missing_data_says_what_was_looked_for(tmp_path: Path) -> None:
    for name, wanted in (("mnist", "idx3"), ("gtsrb", "gtsrb32_train.npz")):
        with pytest.raises(DataError, match=name[:5]) as caught:
            datasets.load(name, tmp_path)
        assert wanted in str(caught.value) or "GTSRB" in str(caught.value)
    with pytest.raises(DataError, match="no folder"):
        datasets.load("mnist", tmp_path / "absent")
    with pytest.raises(DataError, match="needs its files"):
        datasets.load("gtsrb", None)
    with pytest.raises(DataError, match="no data set"):
        datasets.load("cifar", tmp_path)


def write_official_gtsrb(folder: Path) -> None:
    """Three physical signs of two classes with ten frames each, and two test images."""
    random = np.random.default_rng(1)
    for label in (0, 14):
        home = folder / "Final_Training" / "Images" / f"{label:05d}"
        lines = ["Filename;Width;Height;Roi.X1;Roi.Y1;Roi.X2;Roi.Y2;ClassId"]
        for track in range(3):
            for frame in range(10):
                name = f"{track:05d}_{frame:05d}.ppm"
                height, width = random.integers(20, 60, 2)
                write_png(home / name, random.integers(0, 256, (height, width, 3), np.uint8))
                lines.append(f"{name};{width};{height};5;5;9;9;{label}")
        (home / f"GT-{label:05d}.csv").write_text("\n".join(lines))
    home = folder / "Final_Test" / "Images"
    plain = np.zeros((40, 50, 3), np.uint8)
    plain[..., 0] = 200
    for index in range(2):
        write_png(home / f"{index:05d}.ppm", plain)
    (home / "GT-final_test.csv").write_text(
        "Filename;Width;Height;Roi.X1;Roi.Y1;Roi.X2;Roi.Y2;ClassId\n"
        "00000.ppm;50;40;1;1;2;2;14\n00001.ppm;50;40;1;1;2;2;0\n"
    )


def test_official_gtsrb_folders_are_read_resized_and_in_rgb_order(tmp_path: Path) -> None:
    write_official_gtsrb(tmp_path)
    dataset = datasets.load("gtsrb", tmp_path)
    assert dataset.train.images.shape == (40, 32, 32, 3)
    assert dataset.validation.images.shape == (20, 32, 32, 3)
    assert dataset.test.labels.tolist() == [14, 0]
    assert dataset.test.images[0, 5, 5].tolist() == [200, 0, 0]
    loaded = datasets.load_images(tmp_path / "Final_Test")
    np.testing.assert_array_equal(loaded.images, dataset.test.images)


def test_official_gtsrb_tracks_come_from_the_file_names(tmp_path: Path) -> None:
    write_official_gtsrb(tmp_path)
    frames = gtsrb.read_train(tmp_path)
    assert frames.tracks.tolist() == np.tile(np.repeat(np.arange(3), 10), 2).tolist()


def test_a_damaged_gtsrb_table_or_frame_is_named(tmp_path: Path) -> None:
    write_official_gtsrb(tmp_path)
    home = tmp_path / "Final_Training" / "Images" / "00000"
    (home / "00001_00003.ppm").write_bytes(b"P6 rubbish")
    with pytest.raises(DataError, match=r"00001_00003\.ppm is not an image"):
        datasets.load("gtsrb", tmp_path)
    (home / "GT-00000.csv").write_text("Filename;ClassId\n00001_00003.ppm;99\n")
    with pytest.raises(DataError, match=r"GT-00000\.csv cannot be read"):
        datasets.load("gtsrb", tmp_path)


def test_there_are_43_different_gtsrb_class_names() -> None:
    assert len(gtsrb.CLASS_NAMES) == len(set(gtsrb.CLASS_NAMES)) == 43


def test_a_physical_sign_is_never_on_both_sides() -> None:
    labels = np.repeat(np.arange(5), 60)
    tracks = np.tile(np.repeat(np.arange(6), 10), 5)
    inner, outer = splits.by_group(labels, tracks, 0.2, seed=3)
    pairs = set(zip(labels[inner], tracks[inner], strict=True))
    assert pairs.isdisjoint(zip(labels[outer], tracks[outer], strict=True))
    assert sorted([*inner, *outer]) == list(range(300))
    assert set(labels[outer]) == set(range(5))


def test_stratified_validation_keeps_the_proportions() -> None:
    labels = np.repeat(np.arange(3), (100, 40, 10))
    inner, outer = splits.stratified(labels, 0.1, seed=0)
    assert np.bincount(labels[outer]).tolist() == [10, 4, 1]
    assert not set(inner) & set(outer)
    again = splits.stratified(labels, 0.1, seed=0)
    np.testing.assert_array_equal(outer, again[1])
    assert not np.array_equal(outer, splits.stratified(labels, 0.1, seed=1)[1])


def test_a_class_of_one_cannot_be_split() -> None:
    with pytest.raises(DataError, match="class 1 cannot be split"):
        splits.stratified(np.array([0, 0, 1]), 0.1, seed=0)
    with pytest.raises(DataError, match="fraction"):
        splits.stratified(np.array([0, 0]), 1.0, seed=0)


def test_signs_are_the_same_for_the_same_seed_only() -> None:
    images, labels = signs.draw("train", 32)
    again, _ = signs.draw("train", 32)
    np.testing.assert_array_equal(images, again)
    assert images.shape == (32, 32, 32, 3)
    assert images.dtype == np.uint8
    assert np.bincount(labels).tolist() == [2] * len(signs.CLASS_NAMES)
    for other in (signs.draw("train", 32, seed=1)[0], signs.draw("test", 32)[0]):
        assert not np.array_equal(images, other)


def test_a_sign_does_not_depend_on_how_many_are_drawn() -> None:
    np.testing.assert_array_equal(signs.draw("test", 5)[0], signs.draw("test", 9)[0][:5])


def test_every_sign_face_looks_different() -> None:
    assert len(signs.CLASS_NAMES) >= 12
    faces = {sign_faces.draw(label)[0].tobytes() for label in range(len(signs.CLASS_NAMES))}
    assert len(faces) == len(signs.CLASS_NAMES)
    with pytest.raises(DataError, match="no part"):
        signs.draw("exam")


def test_clothes_are_mirrored_and_shoes_are_not() -> None:
    mirrors = registry.mirrors("fashion-mnist")
    kept = [registry.CLOTHES[label] for label, mirror in enumerate(mirrors) if mirror is None]
    assert kept == ["sandal", "sneaker", "ankle boot"]
    assert all(mirror in (None, label) for label, mirror in enumerate(mirrors))


def test_mirroring_a_gtsrb_class_twice_gives_the_class_itself() -> None:
    names = gtsrb.CLASS_NAMES
    assert len(gtsrb.MIRRORS) == len(names)
    pairs = {names[a]: names[b] for a, b in enumerate(gtsrb.MIRRORS) if b is not None}
    assert all(pairs[pairs[name]] == name for name in pairs)
    assert pairs["keep left"] == "keep right"
    assert pairs["bend to the left"] == "bend to the right"
    assert pairs["no entry"] == "no entry"
    assert "speed limit 30" not in pairs
    assert "roundabout" not in pairs
