"""The IDX format of MNIST and its relatives, gzipped or not.

Source: the file format section of the MNIST database's page: two zero bytes, a type code (8 for
unsigned bytes), the number of dimensions, each dimension as 32 bits big-endian, then the elements.
"""

from __future__ import annotations

import gzip
import math
import os
import struct
import zlib
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs import regular
from cbcnn_inputs.datasets.bounds import EVERYTHING, Need
from cbcnn_inputs.errors import DataError

_SLACK_BYTES: Final = 1 << 16
"""A gzipped file has at most twice its content's bytes, and so many more."""

_UNSIGNED_BYTE = 8
_PREFIXES = {"train": "train", "test": "t10k"}


def find_pair(folder: Path, part: str) -> tuple[Path, Path] | None:
    """Paths of the image and the label file of `part`, "train" or "test", if both are in `folder`.

    The usual spellings are accepted: `t10k-images-idx3-ubyte` or `t10k-images.idx3-ubyte`, with or
    without `.gz`.
    """
    prefix = _PREFIXES[part]
    images = _first_existing(folder, f"{prefix}-images", "idx3-ubyte")
    labels = _first_existing(folder, f"{prefix}-labels", "idx1-ubyte")
    return None if images is None or labels is None else (images, labels)


def demand_no_half_pair(folder: Path, part: str) -> None:
    """Raise if only one file of the pair is in `folder`.

    Raises:
        DataError: names the file that is missing.
    """
    prefix = _PREFIXES[part]
    names = {kind: f"{prefix}-{kind}-idx{n}-ubyte" for kind, n in (("images", 3), ("labels", 1))}
    there = [
        kind
        for kind, name in names.items()
        if _first_existing(folder, f"{prefix}-{kind}", name.removeprefix(f"{prefix}-{kind}-"))
    ]
    if len(there) == 1:
        (missing,) = names.keys() - there
        raise DataError(
            f"{folder} holds only one of the two IDX files",
            found=f"{names[there[0]]}, no {names[missing]}",
            allowed="images and labels, gzipped or not",
        )


def _first_existing(folder: Path, stem: str, kind: str) -> Path | None:
    """Whatever has the file's name; reading it shows later whether it is usable."""
    names = [f"{stem}{mark}{kind}{end}" for mark in "-." for end in ("", ".gz")]
    return next((folder / name for name in names if os.path.lexists(folder / name)), None)


def read_pair(
    images_path: Path, labels_path: Path, need: Need = EVERYTHING
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Images uint8 [N, H, W] and their labels int64 [N], no more of them than `need` says.

    Raises:
        DataError: a damaged file, more than may be read, or different numbers of images and labels.
    """
    images, image_count = _read(images_path, 3, need)
    labels, label_count = _read(labels_path, 1, need)
    if image_count != label_count:
        raise DataError(
            f"{images_path.name} and {labels_path.name} do not belong together",
            found=f"{image_count} images and {label_count} labels",
            allowed="one label for each image",
        )
    return images, labels.astype(np.int64)


def read(path: Path, dimensions: int, need: Need = EVERYTHING) -> NDArray[np.uint8]:
    """The array in one IDX file of unsigned bytes, or the first `need.limit` entries of it.

    Raises:
        DataError: unreadable, truncated, followed by something else, of another kind, or more than
            may be read.
    """
    return _read(path, dimensions, need)[0]


def _read(path: Path, dimensions: int, need: Need) -> tuple[NDArray[np.uint8], int]:
    """The array, and how many entries the whole file has."""
    try:
        with regular.open_regular(path) as file:
            zipped = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            with gzip.GzipFile(fileobj=file) if zipped else file as content:
                zipped_bytes = os.fstat(file.fileno()).st_size if zipped else 0
                return _parse(path, content, dimensions, need, zipped_bytes)
    except (OSError, EOFError, zlib.error) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise DataError(
            f"{path} cannot be read",
            found=reason or f"{type(error).__name__}: {error}",
            allowed="a whole IDX file, gzipped or not",
            suggestion="download it again",
        ) from error


def _parse(
    path: Path,
    file: BinaryIO | gzip.GzipFile,
    dimensions: int,
    need: Need,
    zipped_bytes: int | None,
) -> tuple[NDArray[np.uint8], int]:
    """Header and array; judges the header before it unpacks anything."""
    header_bytes = 4 + 4 * dimensions
    header = file.read(header_bytes)
    expected = bytes((0, 0, _UNSIGNED_BYTE, dimensions))
    if header[:4] != expected:
        raise DataError(
            f"{path} is not an IDX file of {dimensions} dimensions",
            found=f"first bytes {header[:4].hex(' ') or 'none'}",
            allowed=expected.hex(" "),
        )
    if len(header) < header_bytes:
        raise _wrong_length(path, f"{len(header)}", header_bytes)
    shape = struct.unpack(f">{dimensions}I", header[4:])
    each_bytes = math.prod(shape[1:])
    count = need.count(shape[0])
    need.demand_image(path, each_bytes, need.pixels, "pixels")
    need.demand_room(path, count, each_bytes)
    size = count * each_bytes
    content = regular.read_most(file, size)
    if len(content) < size:
        raise _wrong_length(path, f"{header_bytes + len(content)}", header_bytes + size)
    # What is packed may be nothing, and go on for gigabytes all the same.
    if count == shape[0] and (zipped_bytes > 2 * size + _SLACK_BYTES or file.read(1)):
        raise _wrong_length(path, f"more than {header_bytes + size}", header_bytes + size)
    array: NDArray[np.uint8] = np.frombuffer(content, np.uint8).reshape(count, *shape[1:])
    return array, shape[0]


def _wrong_length(path: Path, found: str, expected: int) -> DataError:
    return DataError(
        f"{path} has the wrong length",
        found=f"{found} bytes",
        allowed=f"{expected} bytes, as its header says",
        suggestion="download it again",
    )
