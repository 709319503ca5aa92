"""The `--data PATH` loader on folders, archives and single files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from cbcnn_inputs.datasets import load_images
from cbcnn_inputs.errors import DataError


def picture(seed: int, *, colour: bool = True, side: int = 8) -> NDArray[Any]:
    shape = (side, side, 3) if colour else (side, side)
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


def write(path: Path, image: NDArray[Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), image if image.ndim == 2 else image[..., ::-1])
    return path


def test_a_library_says_nothing_of_its_own_about_a_damaged_image(tmp_path: Path) -> None:
    whole = cv2.imencode(".png", picture(0, side=32))[1].tobytes()
    (tmp_path / "0_a.png").write_bytes(whole[: len(whole) // 2])
    code = (
        "import sys; from pathlib import Path\n"
        "from cbcnn_inputs.datasets import load_images\n"
        "from cbcnn_inputs.errors import DataError\n"
        "try: load_images(Path(sys.argv[1]))\n"
        "except DataError as error: print(error.what)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout.endswith("0_a.png is not an image\n")
    assert result.stderr == ""


def test_one_idx_file_without_the_other_is_named(tmp_path: Path) -> None:
    (tmp_path / "t10k-images-idx3-ubyte.gz").touch()
    with pytest.raises(DataError, match="no t10k-labels-idx1-ubyte"):
        load_images(tmp_path)


def test_one_image_file_is_a_batch_of_one_in_rgb_order(tmp_path: Path) -> None:
    loaded = load_images(write(tmp_path / "a.png", picture(0)))
    np.testing.assert_array_equal(loaded.images, picture(0)[None])
    assert loaded.labels is None


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path: Path) -> None:
    for index in (2, 0, 1):
        write(tmp_path / f"x{index}.png", picture(index, colour=False))
    loaded = load_images(tmp_path)
    expected = np.stack([picture(index, colour=False) for index in range(3)])
    np.testing.assert_array_equal(loaded.images, expected)
    assert loaded.labels is None


def test_labels_come_from_name_prefixes(tmp_path: Path) -> None:
    write(tmp_path / "07_a.png", picture(0))
    write(tmp_path / "3_b.ppm", picture(1))
    labels = load_images(tmp_path).labels
    assert labels is not None
    assert labels.tolist() == [7, 3]


def test_labels_come_from_numbered_folders(tmp_path: Path) -> None:
    write(tmp_path / "00014" / "a.ppm", picture(0))
    write(tmp_path / "00002" / "5_b.ppm", picture(1))
    labels = load_images(tmp_path).labels
    assert labels is not None
    assert labels.tolist() == [2, 14]


def test_labels_csv_goes_before_names(tmp_path: Path) -> None:
    write(tmp_path / "07_a.png", picture(0))
    write(tmp_path / "08_b.png", picture(1))
    (tmp_path / "labels.csv").write_text("filename,label\n08_b.png,1\n07_a.png,0\n")
    labels = load_images(tmp_path).labels
    assert labels is not None
    assert labels.tolist() == [0, 1]


@pytest.mark.parametrize("text", ["07_a.png,x\n", "other.png,1\n", "07_a.png\n", "07_a.png,-1\n"])
def test_a_wrong_labels_csv_is_named(tmp_path: Path, text: str) -> None:
    write(tmp_path / "07_a.png", picture(0))
    (tmp_path / "labels.csv").write_text(text)
    with pytest.raises(DataError, match="label"):
        load_images(tmp_path)


def test_images_of_which_some_have_labels_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "07_a.png", picture(0))
    write(tmp_path / "b.png", picture(1))
    with pytest.raises(DataError, match="only some images"):
        load_images(tmp_path)


def test_mixed_sizes_and_mixed_colours_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "a" / "1.png", picture(0))
    write(tmp_path / "a" / "2.png", picture(1, side=9))
    write(tmp_path / "b" / "1.png", picture(0))
    write(tmp_path / "b" / "2.png", picture(0, colour=False))
    for folder in ("a", "b"):
        with pytest.raises(DataError, match="differ in size") as caught:
            load_images(tmp_path / folder)
        assert "2.png" in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"not an image", b"\x89PNG\r\n\x1a\n"])
def test_a_file_that_is_no_image_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(DataError, match=r"a\.png is not an image"):
        load_images(tmp_path / "a.png")


def test_deep_and_transparent_images_are_refused(tmp_path: Path) -> None:
    assert cv2.imwrite(str(tmp_path / "deep.png"), np.zeros((4, 4), np.uint16))
    assert cv2.imwrite(str(tmp_path / "clear.png"), np.zeros((4, 4, 4), np.uint8))
    for name in ("deep.png", "clear.png"):
        with pytest.raises(DataError, match="unsupported kind"):
            load_images(tmp_path / name)


def test_nothing_there_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no images"):
        load_images(tmp_path)
    with pytest.raises(DataError, match="no file or folder"):
        load_images(tmp_path / "absent")
    with pytest.raises(DataError, match="limit"):
        load_images(tmp_path, limit=0)


@pytest.mark.parametrize("kind", [np.uint8, np.int8])
def test_npz_files_keep_their_integer_type(tmp_path: Path, kind: type) -> None:
    images: NDArray[Any] = np.arange(2 * 16).reshape(2, 4, 4).astype(kind)
    np.savez(tmp_path / "some_test.npz", images=images, labels=np.array([1, 2], np.uint8))
    for path in (tmp_path, tmp_path / "some_test.npz"):
        loaded = load_images(path, limit=1)
        np.testing.assert_array_equal(loaded.images, images[:1])
        assert loaded.images.dtype == kind
        assert loaded.labels is not None
        assert loaded.labels.tolist() == [1]


def test_of_two_npz_files_the_test_set_is_taken(tmp_path: Path) -> None:
    np.savez(tmp_path / "a_train.npz", images=np.zeros((5, 4, 4), np.uint8))
    np.savez(tmp_path / "a_test.npz", images=np.zeros((3, 4, 4), np.uint8))
    assert len(load_images(tmp_path).images) == 3


def test_pickled_damaged_and_unfit_npz_files_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "pickled.npz", images=np.array([{}, {}], dtype=object))
    (tmp_path / "damaged.npz").write_bytes(b"PK\x03\x04 rubbish")
    np.savez(tmp_path / "floats.npz", images=np.zeros((2, 4, 4), np.float32))
    np.savez(tmp_path / "other.npz", pictures=np.zeros((2, 4, 4), np.uint8))
    np.savez(tmp_path / "labels.npz", images=np.zeros((2, 4, 4), np.uint8), labels=np.zeros(3))
    np.savez(tmp_path / "empty.npz", images=np.zeros((0, 4, 4), np.uint8))
    for path in sorted(tmp_path.glob("*.npz")):
        with pytest.raises(DataError):
            load_images(path)


def test_a_truncated_npz_file_is_refused_wherever_it_ends(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "whole.npz", images=picture(0, side=32)[None])
    content = (tmp_path / "whole.npz").read_bytes()
    for end in range(0, len(content), 97):
        (tmp_path / "cut.npz").write_bytes(content[:end])
        with pytest.raises(DataError):
            load_images(tmp_path / "cut.npz")
