"""Members of a `.keras` archive, each read within a limit."""

from __future__ import annotations

import io
import zipfile
from typing import Final

from cbcnn_inputs.errors import ModelFileError
from cbcnn_inputs.metadata import ARCHIVE_MEMBER
from cbcnn_inputs.model_files.limits import (
    MAX_ARCHIVE_MEMBERS,
    MAX_FILE_BYTES,
    MAX_JSON_BYTES,
    quote,
)
from cbcnn_inputs.model_files.one_format import demand_whole_archive

SIGNATURE: Final = b"PK\x03\x04"
CONFIG: Final = "config.json"
METADATA: Final = "metadata.json"
WEIGHTS: Final = "model.weights.h5"

_DIRECTORY_ENTRY: Final = b"PK\x01\x02"
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED: Final = 1
_KNOWN: Final = (CONFIG, METADATA, WEIGHTS, ARCHIVE_MEMBER)
_IGNORED: Final = "assets/"
"""Folder in which layers for text keep their files; the reader never opens it."""


class KerasArchive:
    """One `.keras` archive in memory.

    Args:
        image: its bytes.
        name: for messages.
    """

    def __init__(self, image: bytes, name: str) -> None:
        self._name = name
        if image.count(_DIRECTORY_ENTRY) > MAX_ARCHIVE_MEMBERS:
            raise self._damaged("an archive of too many members")
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(image))
        except Exception as error:  # zipfile raises many built-in kinds over damaged archives
            raise self._damaged(f"{type(error).__name__}: {quote(str(error))}") from error
        self._image = image
        self.members = self._archive.namelist()

    def demand_nothing_else(self) -> None:
        """The members that are read, an ignored folder, and no byte more.

        Raises:
            ModelFileError: there is more than that, or two members have one name.
        """
        demand_whole_archive(self._image, self._archive.infolist(), self._name)
        for member in self.members:
            if member not in _KNOWN and not _is_ignored(member):
                raise ModelFileError(
                    f"{self._name} holds what Keras does not write",
                    found=f"the member {quote(member)}",
                    allowed=", ".join(_KNOWN),
                    suggestion="save the model again, or remove it from the archive",
                )

    def text(self, member: str) -> str | None:
        """A member as text, or None where there is none."""
        raw = self._read(member, MAX_JSON_BYTES)
        try:
            return None if raw is None else raw.decode()
        except UnicodeDecodeError as error:
            raise self._damaged(f"{member} is not UTF-8 text") from error

    def weights(self) -> bytes:
        """The member that holds the weights, itself an HDF5 file."""
        raw = self._read(WEIGHTS, MAX_FILE_BYTES)
        if raw is None:
            raise self._damaged(f"no member {WEIGHTS}")
        return raw

    def _read(self, member: str, limit: int) -> bytes | None:
        try:
            info = self._archive.getinfo(member)
        except KeyError:
            return None
        if info.file_size > limit:
            raise self._damaged(f"{member} of {info.file_size} bytes, more than {limit}")
        if info.compress_type not in _METHODS or info.flag_bits & _ENCRYPTED:
            raise self._damaged(f"{member} is encrypted or compressed in an unusual way")
        try:
            with self._archive.open(info) as file:
                return file.read(limit + 1)  # zipfile stops at the size checked above
        except Exception as error:
            raise self._damaged(f"{type(error).__name__}: {quote(str(error))}") from error

    def _damaged(self, found: str) -> ModelFileError:
        return ModelFileError(
            f"{self._name} is damaged",
            found=found,
            allowed="a complete .keras archive as Keras writes it",
            suggestion="save the model again, or copy the file again",
        )


def _is_ignored(member: str) -> bool:
    """Whether it lies in the folder that is never opened, wherever it is unpacked."""
    inside = member.startswith(_IGNORED) and "\\" not in member
    return inside and ".." not in member.split("/")
