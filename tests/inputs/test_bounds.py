"""What is read of data is what the model's input and a stated limit need, from regular files."""

from __future__ import annotations

import gzip
import os
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from cbcnn_inputs.datasets import gtsrb, load_images
from cbcnn_inputs.datasets.bounds import MAX_BYTES
from cbcnn_inputs.errors import DataError
from support.idx_files import idx_bytes

SHAPE = (28, 28, 1)
MEGABYTE = 1 << 20

pytestmark = pytest.mark.timeout(60)


@contextmanager
def memory(most: int) -> Iterator[None]:
    """Python and NumPy take no more bytes than that inside."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < most
    finally:
        tracemalloc.stop()


def write_idx(folder: Path, header: tuple[int, ...], megabytes: int, labels: int) -> None:
    """A gzipped pair whose images go on for `megabytes` of zeros, whatever the header says."""
    with gzip.open(folder / "t10k-images-idx3-ubyte.gz", "wb", 1) as file:
        file.write(struct.pack(">4I", 2051, *header))
        for _ in range(megabytes):
            file.write(bytes(MEGABYTE))
    with gzip.open(folder / "t10k-labels-idx1-ubyte.gz", "wb") as file:
        file.write(idx_bytes(np.zeros(labels, np.uint8)))


def png(width: int, height: int) -> bytes:
    """A PNG of one colour with that header; a few rows of it alone are there."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    rows = zlib.compress(bytes(1 + width) * 4)
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows)


def npy(shape: object, descr: str = "|u1", data: bytes = b"") -> bytes:
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}"
    text += " " * (64 - (11 + len(text)) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode() + data


def write_npz(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return path


def test_gzipped_images_are_not_unpacked_before_their_header_is_judged(tmp_path: Path) -> None:
    write_idx(tmp_path, (5_000_000, 28, 28), 64, 8)
    with memory(8 * MEGABYTE), pytest.raises(DataError, match="too much") as caught:
        load_images(tmp_path, shape=SHAPE)
    assert f"--limit {MAX_BYTES // 784:,}" in str(caught.value)


def test_gzipped_images_that_go_on_behind_what_the_header_says_are_not_read(tmp_path: Path) -> None:
    write_idx(tmp_path, (8, 28, 28), 64, 8)
    with memory(8 * MEGABYTE), pytest.raises(DataError, match="wrong length"):
        load_images(tmp_path, shape=SHAPE)


def test_a_gzipped_file_of_empty_pieces_is_not_read_to_its_end(tmp_path: Path) -> None:
    write_idx(tmp_path, (1, 28, 28), 0, 1)
    path = tmp_path / "t10k-images-idx3-ubyte.gz"
    whole = gzip.compress(idx_bytes(np.zeros((1, 28, 28), np.uint8)))
    path.write_bytes(whole + bytes(1 << 24))  # gzip skips zeros behind it one by one
    with pytest.raises(DataError, match="wrong length"):
        load_images(tmp_path, shape=SHAPE)


def test_the_limit_bounds_what_is_read_of_idx_files(tmp_path: Path) -> None:
    write_idx(tmp_path, (60_000, 28, 28), 45, 60_000)
    path = tmp_path / "t10k-images-idx3-ubyte.gz"
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])  # nobody looks there
    with memory(2 * MEGABYTE):
        loaded = load_images(tmp_path, 3, SHAPE)
    assert loaded.images.shape == (3, 28, 28)
    assert loaded.labels is not None
    assert len(loaded.labels) == 3


def test_the_limit_bounds_what_is_read_of_npz_files(tmp_path: Path) -> None:
    images = np.zeros((60_000, 28, 28), np.uint8)
    path = tmp_path / "test.npz"
    np.savez_compressed(path, images=images, labels=np.arange(60_000) % 10, other=images)
    with memory(8 * MEGABYTE):
        loaded = load_images(path, 3, SHAPE)
    assert loaded.images.shape == (3, 28, 28)
    assert loaded.labels is not None
    assert loaded.labels.tolist() == [0, 1, 2]


def test_the_limit_bounds_which_image_files_are_opened(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        path = tmp_path / name
        path.write_bytes(png(8, 8)[:-4])
    import cv2

    assert cv2.imwrite(str(tmp_path / "a.png"), np.zeros((8, 8), np.uint8))
    os.mkfifo(tmp_path / "c.png")
    assert len(load_images(tmp_path, 1).images) == 1


def test_the_limit_bounds_what_is_read_of_the_official_gtsrb_images(tmp_path: Path) -> None:
    import cv2

    assert cv2.imwrite(str(tmp_path / "0.ppm"), np.zeros((40, 50, 3), np.uint8))
    os.mkfifo(tmp_path / "1.ppm")
    (tmp_path / gtsrb.TEST_CSV).write_text("Filename;ClassId\n0.ppm;1\n1.ppm;2\n")
    assert load_images(tmp_path, 1).images.shape == (1, 32, 32, 3)
    with pytest.raises(DataError, match="a named pipe"):
        load_images(tmp_path)


@pytest.mark.parametrize("shape", [None, SHAPE])
def test_a_picture_of_more_pixels_than_can_be_taken_is_not_decoded(
    tmp_path: Path, shape: tuple[int, int, int] | None
) -> None:
    (tmp_path / "a.png").write_bytes(png(30_000, 30_000))
    with memory(8 * MEGABYTE), pytest.raises(DataError) as caught:
        load_images(tmp_path, shape=shape)
    assert "900" in str(caught.value)


def test_a_picture_larger_than_the_models_input_is_not_decoded(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(29, 28))
    with pytest.raises(DataError, match="812 pixels in one image"):
        load_images(tmp_path, shape=SHAPE)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        pytest.param({"images": npy((2**64, 28, 28))}, "too much", id="images"),
        pytest.param({"images": npy((2**31, 2**31))}, "in one image", id="two axes"),
        pytest.param({"images": npy((1, 2**40, 28))}, "in one image", id="height"),
        pytest.param({"images": npy((-1, 28, 28))}, "shape", id="negative"),
        pytest.param({"images": npy((True, 28, 28))}, "cannot be read", id="a truth value"),
        pytest.param({"images": npy((0, 2**70, 2**70))}, "in one image", id="none of huge"),
        pytest.param({"images": npy((1, 0, 28))}, "in one image", id="empty"),
        pytest.param({"images": npy((1, 28, 28), "<U900000000")}, "do not fit", id="long texts"),
        pytest.param({"images": npy((1, 28, 28), "|O")}, "object", id="objects"),
        pytest.param({"images": npy((1, 28, 28), "|V0")}, "elements", id="nothing"),
        pytest.param({"images": npy("(" * 900 + ")" * 900)}, "cannot be read", id="nested"),
        pytest.param(
            {"images": npy((1, 28, 28), data=bytes(784)), "labels": npy((2**60,))},
            "do not fit its images",
            id="labels",
        ),
        pytest.param({"images": npy((1, 28, 28), data=bytes(785))}, "goes on", id="too long"),
        pytest.param({"images": npy((1, 28, 28), data=bytes(783))}, "783 of 784", id="too short"),
    ],
)
def test_an_absurd_npz_header_is_named(
    tmp_path: Path, members: dict[str, bytes], message: str
) -> None:
    path = write_npz(tmp_path / "a.npz", **members)
    with memory(8 * MEGABYTE), pytest.raises(DataError, match=message):
        load_images(path, shape=SHAPE)


def test_encrypted_and_oddly_compressed_members_are_refused(tmp_path: Path) -> None:
    path = write_npz(tmp_path / "a.npz", images=npy((1, 28, 28), data=bytes(784)))
    content = path.read_bytes()
    (tmp_path / "locked.npz").write_bytes(
        content.replace(b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01")
    )
    with zipfile.ZipFile(tmp_path / "lzma.npz", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("images.npy", npy((1, 28, 28), data=bytes(784)))
    for name in ("locked.npz", "lzma.npz"):
        with pytest.raises(DataError, match="cannot be read"):
            load_images(tmp_path / name, shape=SHAPE)


def test_a_list_of_members_that_fills_the_memory_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    with path.open("wb") as file:
        file.seek(1 << 30)  # takes no room on the disk
        file.write(struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 1, 1, 1 << 30, 0, 0))
    with memory(16 * MEGABYTE), pytest.raises(DataError, match="list of members"):
        load_images(path)


def make_fifo(path: Path) -> None:
    os.mkfifo(path)


def make_endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def make_folder(path: Path) -> None:
    path.mkdir()
    (path / "x").touch()


def make_dangling(path: Path) -> None:
    path.symlink_to("nowhere")


@pytest.mark.parametrize("make", [make_fifo, make_endless, make_folder, make_dangling])
@pytest.mark.parametrize(
    "names",
    [
        *(["3_x.png"], ["test.npz"], ["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"]),
        *(["t10k-images.idx3-ubyte.gz", "t10k-labels.idx1-ubyte.gz"], [gtsrb.TEST_CSV]),
    ],
)
def test_what_is_no_regular_file_is_named_and_never_waited_for(
    tmp_path: Path, names: list[str], make: Callable[[Path], None]
) -> None:
    for name in names:
        make(tmp_path / name)
    with memory(16 * MEGABYTE), pytest.raises(DataError) as caught:
        load_images(tmp_path, shape=SHAPE)
    found = str(caught.value)
    reasons = ("a named pipe", "a device", "a folder", "No such file", "none that is known")
    assert any(reason in found for reason in reasons), found
    if make not in (make_folder, make_dangling):
        with pytest.raises(DataError, match="not a regular file"):
            load_images(tmp_path / names[0], shape=SHAPE)


def test_labels_that_are_no_regular_file_are_not_passed_over(tmp_path: Path) -> None:
    import cv2

    assert cv2.imwrite(str(tmp_path / "3_a.png"), np.zeros((8, 8), np.uint8))
    os.mkfifo(tmp_path / "labels.csv")
    with pytest.raises(DataError, match="a named pipe"):
        load_images(tmp_path)


def test_a_label_that_no_integer_holds_is_refused(tmp_path: Path) -> None:
    import cv2

    assert cv2.imwrite(str(tmp_path / ("9" * 200 + "_a.png")), np.zeros((8, 8), np.uint8))
    with pytest.raises(DataError, match="labels"):
        load_images(tmp_path)


def test_a_folder_of_more_digits_than_a_label_has_is_named_after_a_class(tmp_path: Path) -> None:
    import cv2

    name = "9" * 200
    (tmp_path / name).mkdir()
    assert cv2.imwrite(str(tmp_path / name / "a.png"), np.zeros((8, 8), np.uint8))
    loaded = load_images(tmp_path)
    assert loaded.labels is None
    assert loaded.names == (f"{name}/a.png",)
