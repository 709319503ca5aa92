"""Reads an HDF5 file and trusts nothing in it.

The reader parses the file from memory, so nothing in it can reach another file: links that lead
elsewhere and datasets whose values live elsewhere are faults, and are never followed. It compares
sizes with limits before it takes memory.

HDF5's own library remains: a damaged file can send it into an endless loop (a text heap with an
object of no size) or make it take gigabytes (a text of that size). So parsing happens in a separate
process, see `isolation`, which returns a `Snapshot`.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import h5py
import numpy as np
import numpy.typing as npt

from cbcnn_inputs.errors import CbcnnError
from cbcnn_inputs.model_files.h5_snapshot import Float32Array, Snapshot, damaged
from cbcnn_inputs.model_files.isolation import Crashed, run_isolated
from cbcnn_inputs.model_files.limits import (
    MAX_CHUNKS,
    MAX_DEPTH,
    MAX_JSON_BYTES,
    MAX_LAYERS,
    MAX_NAME_LENGTH,
    MAX_OBJECTS,
    MAX_VALUES,
    quote,
)

SIGNATURE: Final = b"\x89HDF\r\n\x1a\n"
GZIP, SHUFFLE = h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE


class _Fault(Exception):  # noqa: N818 - most are found in passing and never raised further
    """A part of the file that cannot be used, in words."""


def read_h5(image: bytes, name: str, roots: Sequence[str], texts: Sequence[str]) -> Snapshot:
    """Read a file into memory.

    Args:
        image: its bytes.
        name: for messages.
        roots: names in the root group; nothing else is looked at.
        texts: names of the text attributes that are wanted, with or without a number at the end.

    Raises:
        ModelFileError: it is no HDF5 file, or damaged in a way that its library cannot tell.
    """
    if not image.startswith(SIGNATURE):
        raise damaged(name, "no HDF5 signature at its start")
    try:
        raw = run_isolated(lambda: _extract(image, name, roots, texts).to_bytes(), len(image))
    except Crashed as error:
        raise damaged(name, str(error)) from error
    return Snapshot.from_bytes(name, raw)


def _extract(image: bytes, name: str, roots: Sequence[str], texts: Sequence[str]) -> Snapshot:
    extractor = _Extractor(len(image), Snapshot(name), tuple(texts))
    extractor.attempt("", lambda: extractor.read_root(image, roots))
    return extractor.snapshot


class _Extractor:
    """Fills a snapshot; what cannot be used becomes a fault of its path."""

    def __init__(self, size: int, snapshot: Snapshot, texts: tuple[str, ...]) -> None:
        self.snapshot = snapshot
        self._size = size
        self._wanted = texts
        self._objects = 0
        self._values = 0

    def attempt(self, path: str, read: Callable[[], None]) -> None:
        """Run `read`; whatever h5py raises over a damaged file becomes a fault of `path`."""
        try:
            read()
        except CbcnnError:
            raise
        except Exception as error:  # h5py raises nearly every built-in kind
            kind = "" if isinstance(error, _Fault) else f"{type(error).__name__}: "
            self.snapshot.faults.setdefault(path, f"{kind}{quote(str(error))[1:-1]}")

    def read_root(self, image: bytes, roots: Sequence[str]) -> None:
        """The attributes of the root group, and everything below the roots."""
        root = h5py.h5g.open(h5py.h5f.open_file_image(image), b"/")
        self._read_texts("", root)
        names = [name for name in self._names(root) if name in roots]
        self.snapshot.groups[""] = names
        for name in names:
            self._read_member("", root, name, 1)

    def _read_member(self, parent: str, group: Any, name: str, depth: int) -> None:
        path = f"{parent}/{name}" if parent else name
        self.attempt(path, lambda: self._read(path, group, name.encode(), depth))

    def _read(self, path: str, group: Any, name: bytes, depth: int) -> None:
        self._objects += 1
        if depth > MAX_DEPTH or self._objects > MAX_OBJECTS:
            raise _Fault(f"groups nested {depth} deep, {self._objects} objects")
        if group.links.get_info(name).type != h5py.h5l.TYPE_HARD:
            raise _Fault(f"{quote(path)} is a link that leads elsewhere")
        item = h5py.h5o.open(group, name)
        if isinstance(item, h5py.h5d.DatasetID):
            self.snapshot.shapes[path] = item.shape
            self.attempt(f"{path}:", lambda: self._read_array(path, item))
        elif isinstance(item, h5py.h5g.GroupID):
            self._read_texts(path, item)
            names = self._names(item)
            self.snapshot.groups[path] = names
            for inner in names:
                self._read_member(path, item, inner, depth + 1)

    def _names(self, group: Any) -> list[str]:
        if group.get_num_objs() > MAX_LAYERS:
            raise _Fault(f"{group.get_num_objs()} objects in one group")
        return [name.decode() for name in group]

    def _read_texts(self, path: str, group: Any) -> None:
        """The wanted attributes of a group, sizes checked before they are read."""
        found: dict[str, list[str]] = {}
        if h5py.h5a.get_num_attrs(group) > MAX_LAYERS:
            raise _Fault(f"{h5py.h5a.get_num_attrs(group)} attributes of one group")
        for name in h5py.AttributeManager(h5py.Group(group)):
            if len(name) > MAX_NAME_LENGTH or name.rstrip("0123456789") not in self._wanted:
                continue
            attribute = h5py.h5a.open(group, name.encode())
            count = attribute.get_space().get_simple_extent_npoints()
            if count == 0:  # of a layer without weights; HDF5 knows no size of nothing
                found[name] = []
                continue
            if count > MAX_OBJECTS or attribute.get_storage_size() > MAX_JSON_BYTES:
                raise _Fault(f"attribute {name!r} is too large")
            value = h5py.AttributeManager(h5py.Group(group))[name]
            found[name] = [_decode(item, name) for item in np.ravel(value)]
        self.snapshot.texts[path] = found

    def _read_array(self, path: str, dataset: Any) -> None:
        dtype = _element_type(dataset)
        count = int(np.prod(dataset.shape, dtype=object))
        self._values += count
        if max(count, self._values // 2) > MAX_VALUES:
            raise _Fault(f"dataset {quote(path)} of {count} values")
        properties = dataset.get_create_plist()
        layout = properties.get_layout()
        values: npt.NDArray[Any]
        if layout == h5py.h5d.CHUNKED:
            values = np.empty(dataset.shape, dtype)
            for inside, part in _Chunks(dataset, dtype, self._size):
                values[inside] = part
        elif properties.get_external_count() or layout == h5py.h5d.VIRTUAL:
            raise _Fault(f"the values of dataset {quote(path)} are in another file")
        elif count and dataset.get_storage_size() < count * dtype.itemsize:
            raise _Fault(f"dataset {quote(path)} has no values")
        else:
            values = np.empty(dataset.shape, dtype)
            dataset.read(h5py.h5s.ALL, h5py.h5s.ALL, values)
        with np.errstate(over="ignore", invalid="ignore"):
            self.snapshot.arrays[path] = _as_float32(values)


class _Chunks:
    """The parts of a chunked dataset, decompressed here, where the size is bounded."""

    def __init__(self, dataset: Any, dtype: np.dtype[Any], size: int) -> None:
        properties = dataset.get_create_plist()
        self._dataset, self._dtype, self._size = dataset, dtype, size
        self._chunk: tuple[int, ...] = properties.get_chunk()
        count = properties.get_nfilters()
        self._filters = [properties.get_filter(i)[0] for i in range(count)]
        pairs = zip(dataset.shape, self._chunk, strict=True)
        self._grid = tuple(-(-size // step) for size, step in pairs)
        self._chunk_bytes = int(np.prod(self._chunk, dtype=object)) * dtype.itemsize
        if self._filters not in ([], [GZIP], [SHUFFLE], [SHUFFLE, GZIP]):
            raise _Fault(f"a dataset is stored with the filters {self._filters}")
        chunks = int(np.prod(self._grid, dtype=object))
        if self._chunk_bytes > MAX_VALUES * 8 or chunks > MAX_CHUNKS:
            raise _Fault(f"a dataset in {chunks} parts of {self._chunk_bytes} bytes")

    def __iter__(self) -> Iterator[tuple[tuple[slice, ...], npt.NDArray[Any]]]:
        for position in np.ndindex(*self._grid):
            offset = tuple(i * step for i, step in zip(position, self._chunk, strict=True))
            block = self._block(offset)
            if SHUFFLE in self._filters:  # all first bytes, then all second bytes, and so on
                shuffled = np.frombuffer(block, np.uint8).reshape(self._dtype.itemsize, -1)
                block = shuffled.T.tobytes()
            part = np.frombuffer(block, self._dtype).reshape(self._chunk)
            inside = tuple(
                slice(start, min(start + step, size))
                for start, step, size in zip(offset, self._chunk, self._dataset.shape, strict=True)
            )
            yield inside, part[tuple(slice(0, axis.stop - axis.start) for axis in inside)]

    def _block(self, offset: tuple[int, ...]) -> bytes:
        stored = self._dataset.get_chunk_info_by_coord(offset)
        if stored.byte_offset is None or stored.byte_offset + stored.size > self._size:
            raise _Fault("a part of a dataset is missing")
        if stored.filter_mask:
            raise _Fault("a part of a dataset is stored without its filters")
        raw: bytes = self._dataset.read_direct_chunk(offset)[1]
        if GZIP in self._filters:
            raw = zlib.decompressobj().decompress(raw, self._chunk_bytes)
        if len(raw) != self._chunk_bytes:
            raise _Fault("a part of a dataset has the wrong size")
        return raw


def _element_type(dataset: Any) -> np.dtype[Any]:
    stored = dataset.get_type()
    numeric = stored.get_class() in (h5py.h5t.FLOAT, h5py.h5t.INTEGER)
    if not numeric or stored.get_size() not in (1, 2, 4, 8) or stored.dtype.kind not in "fiu":
        raise _Fault("a dataset does not hold plain numbers")
    dtype: np.dtype[Any] = stored.dtype
    return dtype


def _as_float32(values: npt.NDArray[Any]) -> Float32Array:
    result: Float32Array = np.ascontiguousarray(values, np.float32).reshape(values.shape)
    return result


def _decode(value: Any, name: str) -> str:
    text = value.decode() if isinstance(value, bytes) else value
    if not isinstance(text, str) or len(text) > MAX_JSON_BYTES:
        raise _Fault(f"attribute {name!r} is not a text")
    return str(text)
