"""Arrays of images and labels in `.npz` files.

An array's header says how large it is. The reader judges it before it unpacks any of the array.
"""

from __future__ import annotations

import math
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs import regular
from cbcnn_inputs.datasets.bounds import MAX_BYTES
from cbcnn_inputs.errors import DataError

Arrays = dict[str, NDArray[Any]]

_DIRECTORY_BYTES: Final = 4 << 20
"""Bytes of the longest list of members, about 50,000 of them; `zipfile` reads it at once."""

_PLAIN: Final = "biufU"
"""Kinds of element: numbers, truth values and short texts. Objects would have to be unpickled."""

_READERS: Final[dict[tuple[int, int], Callable[[IO[bytes]], Any]]] = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


@dataclass(frozen=True)
class Header:
    """What a member of an archive says about its array."""

    shape: tuple[int, ...]
    is_fortran: bool
    dtype: np.dtype[Any]

    @property
    def row_bytes(self) -> int:
        """Bytes of one entry of the first axis, or of the whole, if there are no axes."""
        return math.prod(self.shape[1:]) * self.dtype.itemsize

    @property
    def rows(self) -> int:
        """Length of the first axis; 1 without axes."""
        return self.shape[0] if self.shape else 1


class Archive:
    """An npz file that is open; see `open_archive`."""

    def __init__(self, path: Path, members: zipfile.ZipFile) -> None:
        self.path = path
        self._members = members
        self.names = [
            name.removesuffix(".npy") for name in members.namelist() if name.endswith(".npy")
        ]

    def header(self, name: str) -> Header:
        """Shape and type of an array, which may be anything."""
        with self._open(name) as member:
            return _read_header(member)

    def read(self, name: str, count: int | None = None, most: int = MAX_BYTES) -> NDArray[Any]:
        """An array, or the first `count` entries of it.

        Args:
            name: of the array.
            count: of entries of its first axis; of the others nothing is unpacked.
            most: bytes that it may have.

        Raises:
            DataError: it is longer; `open_archive` says of what else.
        """
        with self._open(name) as member:
            header = _read_header(member)
            part = count is not None and count < header.rows and not header.is_fortran
            rows = count if part and count is not None else header.rows
            size = rows * header.row_bytes
            if size > most:
                raise DataError(
                    f"{self.path} holds too much to be read at once",
                    found=f"{name}: {header.dtype} {list(header.shape)}, {size:,} bytes",
                    allowed=f"{most:,} bytes when it is unpacked",
                )
            content = regular.read_most(member, size)
            if len(content) < size:
                raise EOFError(f"{len(content)} of {size} bytes")
            if not part and member.read(1):
                raise ValueError(f"{name} goes on behind its {size} bytes")
        shape = (rows, *header.shape[1:]) if header.shape else ()
        flat = np.frombuffer(content, header.dtype)
        array = flat.reshape(shape[::-1]).T if header.is_fortran else flat.reshape(shape)
        return array[:count] if shape else array

    def _open(self, name: str) -> IO[bytes]:
        info = self._members.getinfo(f"{name}.npy")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError(f"{name} is compressed in another way than NumPy does")
        return self._members.open(info)


@contextmanager
def open_archive(path: Path, required: tuple[str, ...] = ()) -> Iterator[Archive]:
    """An npz file, for a `with` block that reads arrays of it.

    Raises:
        DataError: not an npz, truncated, pickled content, an array that is required is missing, or
            one turns out to be damaged inside the block.
    """
    try:
        with regular.open_regular(path) as file, zipfile.ZipFile(_Careful(file)) as members:
            archive = Archive(path, members)
            _demand_names(archive, required)
            yield archive
    except (
        *(OSError, EOFError, ValueError, KeyError, TypeError, SyntaxError, OverflowError),
        *(RuntimeError, MemoryError, TokenError, zipfile.BadZipFile, zlib.error),
    ) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise DataError(
            f"{path} cannot be read",
            found=reason or f"{type(error).__name__}: {error}"[:200],
            allowed="an npz file of plain number arrays; pickled objects are never loaded",
        ) from error


def read(path: Path, required: tuple[str, ...], most: int = MAX_BYTES) -> Arrays:
    """All plain arrays of an npz file.

    Args:
        path: of the file.
        required: names of arrays that have to be there.
        most: bytes that all of them together may have.

    Raises:
        DataError: as `open_archive`, or they are longer.
    """
    arrays: Arrays = {}
    with open_archive(path, required) as archive:
        for name in archive.names:
            arrays[name] = archive.read(name, most=most)
            most -= arrays[name].nbytes
    return arrays


def demand_labels(labels: Header | NDArray[Any], count: int, source: str) -> None:
    """Raise unless these are integers, one for each image.

    Raises:
        DataError: with what they are.
    """
    if labels.dtype.kind not in "iu" or labels.shape != (count,):
        raise DataError(
            f"the labels of {source} do not fit its images",
            found=f"{labels.dtype} {list(labels.shape)} for {count} images",
            allowed=f"integers [{count}]",
        )


def check_labels(labels: NDArray[Any], count: int, source: str) -> NDArray[np.int64]:
    """Labels as int64 [count].

    Raises:
        DataError: not integers, negative, or not one for each image.
    """
    demand_labels(labels, count, source)
    wide = labels.astype(np.int64)
    if len(wide) and wide.min() < 0:
        raise DataError(
            f"the labels of {source} are not class numbers",
            found=f"label {wide.min()}",
            allowed="0 and up",
        )
    return wide


class _Careful:
    """A file from which `zipfile` takes no list of members that would fill the memory."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        """As of a file, but never more than `_DIRECTORY_BYTES`."""
        most = _DIRECTORY_BYTES + 1
        content = self._file.read(most if size < 0 else min(size, most))
        if len(content) == most:
            raise ValueError(f"a list of members of more than {_DIRECTORY_BYTES} bytes")
        return content


def _demand_names(archive: Archive, required: tuple[str, ...]) -> None:
    missing = [name for name in required if name not in archive.names]
    if missing:
        raise DataError(
            f"{archive.path} lacks {', '.join(missing)}",
            found=f"arrays {', '.join(sorted(archive.names)) or 'none'}"[:200],
            allowed="`images`, and `labels` for an accuracy"
            if required == ("images",)
            else f"arrays {', '.join(required)}",
        )


def _read_header(member: IO[bytes]) -> Header:
    version = np.lib.format.read_magic(member)  # type: ignore[no-untyped-call]
    if version not in _READERS:
        raise ValueError(f"version {version} of NumPy's format")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # headers of Python 2
        shape, is_fortran, dtype = _READERS[version](member)
    if dtype.kind not in _PLAIN or dtype.itemsize == 0:
        raise ValueError(f"elements of type {dtype}")
    if any(size < 0 for size in shape):
        raise ValueError(f"shape {shape}")
    return Header(shape, is_fortran, dtype)
