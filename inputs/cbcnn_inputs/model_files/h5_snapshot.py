"""What an HDF5 file holds, as plain data: texts, group members, shapes and numbers.

It travels as bytes between the process that parses a file and the one that asked for it: the length
of a JSON header, the header, then the numbers of all arrays as float32.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cbcnn_inputs.errors import ModelFileError

Float32Array = npt.NDArray[np.float32]

_LENGTH: Final = struct.Struct("<Q")


def damaged(name: str, found: str) -> ModelFileError:
    """The one error for an HDF5 file that cannot be used."""
    return ModelFileError(
        f"{name} is damaged",
        found=found,
        allowed="a complete HDF5 file as Keras writes it",
        suggestion="save the model again, or copy the file again",
    )


def join_path(path: Sequence[str]) -> str:
    """Names as one path; a name may hold slashes, HDF5 then nests groups."""
    return "/".join(part for name in path for part in name.split("/") if part not in ("", "."))


@dataclass
class Snapshot:
    """The readable part of an HDF5 file.

    Attributes:
        name: of the file, for messages.
        texts: path of a group, then name of an attribute, to its values.
        groups: path of a group to the names in it.
        shapes: path of a dataset to its shape.
        arrays: path of a dataset to its numbers.
        faults: path to the reason why it cannot be used.
    """

    name: str
    texts: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=dict)
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    arrays: dict[str, Float32Array] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)

    def text(self, attribute: str) -> str | None:
        """A text attribute of the root group, or None where there is none."""
        values = self._texts("").get(attribute)
        return values[0] if values else None

    def list_of_texts(self, path: Sequence[str], attribute: str) -> tuple[str, ...]:
        """A list of texts; Keras spreads a long one over attributes with a number at the end."""
        found = self._texts(join_path(path))
        if attribute in found:
            return tuple(found[attribute])
        parts, index = list[str](), 0
        while (part := found.get(f"{attribute}{index}")) is not None:
            parts += part
            index += 1
        return tuple(parts)

    def _texts(self, path: str) -> dict[str, list[str]]:
        self._check(path)
        return self.texts.get(path, {})

    def children(self, path: Sequence[str]) -> tuple[str, ...] | None:
        """Names in a group, or None where there is no such group."""
        self._check(join_path(path))
        names = self.groups.get(join_path(path))
        return None if names is None else tuple(names)

    def shape(self, path: Sequence[str]) -> tuple[int, ...] | None:
        """The shape of a dataset, or None where there is no such dataset."""
        self._check(join_path(path))
        return self.shapes.get(join_path(path))

    def array(self, path: Sequence[str]) -> Float32Array:
        """A dataset as float32; it exists, see `shape`."""
        self._check(f"{join_path(path)}:")
        return self.arrays[join_path(path)]

    def _check(self, path: str) -> None:
        if path in self.faults:
            raise damaged(self.name, self.faults[path])

    def to_bytes(self) -> bytes:
        """For `from_bytes`."""
        header = {
            "texts": self.texts,
            "groups": self.groups,
            "shapes": self.shapes,
            "arrays": list(self.arrays),
            "faults": self.faults,
        }
        text = json.dumps(header).encode()
        numbers = (np.ascontiguousarray(array, "<f4").tobytes() for array in self.arrays.values())
        return b"".join((_LENGTH.pack(len(text)), text, *numbers))

    @classmethod
    def from_bytes(cls, name: str, raw: bytes) -> Snapshot:
        """Parse what `to_bytes` made."""
        (length,) = _LENGTH.unpack_from(raw)
        position = _LENGTH.size + length
        header: dict[str, Any] = json.loads(raw[_LENGTH.size : position])
        shapes = {path: tuple(shape) for path, shape in header["shapes"].items()}
        arrays: dict[str, Float32Array] = {}
        for path in header["arrays"]:
            count = int(np.prod(shapes[path], dtype=np.int64))
            flat = np.frombuffer(raw, "<f4", count, position)
            arrays[path] = flat.astype(np.float32, copy=False).reshape(shapes[path])
            position += 4 * count
        return cls(name, header["texts"], header["groups"], shapes, arrays, header["faults"])
