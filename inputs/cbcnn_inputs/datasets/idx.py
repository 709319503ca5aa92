"""The IDX format of MNIST and its relatives, gzipped or not.

Source: the file format section of the MNIST database's page: two zero bytes, a type code (8 for
unsigned bytes), the number of dimensions, each dimension as 32 bits big-endian, then the elements.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs.errors import DataError

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
    names = [f"{stem}{mark}{kind}{end}" for mark in "-." for end in ("", ".gz")]
    return next((folder / name for name in names if (folder / name).is_file()), None)


def read_pair(images_path: Path, labels_path: Path) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Images uint8 [N, H, W] and their labels int64 [N].

    Raises:
        DataError: a damaged file, or different numbers of images and labels.
    """
    images = read(images_path, dimensions=3)
    labels = read(labels_path, dimensions=1)
    if len(images) != len(labels):
        raise DataError(
            f"{images_path.name} and {labels_path.name} do not belong together",
            found=f"{len(images)} images and {len(labels)} labels",
            allowed="one label for each image",
        )
    return images, labels.astype(np.int64)


def read(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """The array in one IDX file of unsigned bytes.

    Raises:
        DataError: unreadable, truncated, followed by something else, or of another kind.
    """
    content = _read_bytes(path)
    header = 4 + 4 * dimensions
    expected = bytes((0, 0, _UNSIGNED_BYTE, dimensions))
    if content[:4] != expected:
        raise DataError(
            f"{path} is not an IDX file of {dimensions} dimensions",
            found=f"first bytes {content[:4].hex(' ') or 'none'}",
            allowed=expected.hex(" "),
        )
    if len(content) < header:
        raise _truncated(path, len(content), header)
    shape = struct.unpack(f">{dimensions}I", content[4:header])
    size = header + math.prod(shape)
    if len(content) != size:
        raise _truncated(path, len(content), size)
    array: NDArray[np.uint8] = np.frombuffer(content, np.uint8, offset=header).reshape(shape)
    return array


def _read_bytes(path: Path) -> bytes:
    try:
        content = path.read_bytes()
        return gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(
            f"{path} cannot be read",
            found=f"{type(error).__name__}: {error}",
            allowed="a whole IDX file, gzipped or not",
            suggestion="download it again",
        ) from error


def _truncated(path: Path, found: int, expected: int) -> DataError:
    return DataError(
        f"{path} has the wrong length",
        found=f"{found} bytes",
        allowed=f"{expected} bytes, as its header says",
        suggestion="download it again",
    )
