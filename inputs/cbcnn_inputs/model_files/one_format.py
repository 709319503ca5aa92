"""Checks that a file is one format from its first byte to its last.

HDF5 looks for its start at byte 0, 512, 1024 and so on, zip looks for its directory at the end, so
one file can be both, and two programs then show two models. This reader takes only files that all
programs see alike: HDF5 that ends where it says and is no archive, and archives whose members and
directory leave no byte out.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterable
from typing import Final

from cbcnn_inputs.errors import ModelFileError

_OFFSET_SIZE: Final = {0: 13, 1: 13, 2: 9, 3: 9}
_BASE_ADDRESS: Final = {0: 24, 1: 28, 2: 12, 3: 12}
"""Where the superblock, by its version, has the size of its addresses, and the first of them."""

_END: Final = struct.Struct("<4s4H2LH")
_END_SIGNATURE: Final = b"PK\x05\x06"
_LONGEST_COMMENT: Final = 0xFFFF
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_LOCAL_SIGNATURE: Final = b"PK\x03\x04"
_DESCRIPTOR: Final = b"PK\x07\x08"
_STREAMED: Final = 8
_LONGEST_EXTRA: Final = 64
"""Bytes beside a member's name: its times and owner, its size in 64 bits."""


def demand_one_format(image: bytes, name: str) -> None:
    """HDF5 that begins at its first byte must end at its last one and be no archive.

    Raises:
        ModelFileError: it goes on behind its end, or ends as an archive does.
    """
    end = _end_of_h5(image)
    if end is not None and len(image) > end:
        raise _two_formats(name, f"{len(image) - end} bytes behind the end of the HDF5 file")
    if _ends_as_archive(image):
        raise _two_formats(name, "an HDF5 file that is a zip archive too")


def demand_whole_archive(image: bytes, members: Iterable[zipfile.ZipInfo], name: str) -> None:
    """Members, then their directory, then its end: nothing in front, between or behind.

    Raises:
        ModelFileError: bytes that belong to none of them, or two members of one name.
    """
    position, names = 0, set[str]()
    for member in sorted(members, key=lambda member: member.header_offset):
        if member.filename in names:
            raise _two_formats(name, f"two members {member.filename!r}")
        names.add(member.filename)
        if member.header_offset != position:
            raise _two_formats(name, f"bytes that belong to no member, at byte {position}")
        position = _end_of_member(image, member, name)
    _, _, _, _, _, size, start, comment = _END.unpack(image[-_END.size :].rjust(_END.size))
    if image[-_END.size :][:4] != _END_SIGNATURE or comment:
        raise _two_formats(name, "bytes behind the end of the archive")
    if start != position or start + size != len(image) - _END.size:
        raise _two_formats(name, f"bytes that belong to no member, at byte {position}")


def _end_of_member(image: bytes, member: zipfile.ZipInfo, name: str) -> int:
    """The first byte behind a member: header, name, extra field, data, and a sum where streamed."""
    header = image[member.header_offset :][: _LOCAL.size]
    if len(header) < _LOCAL.size or not header.startswith(_LOCAL_SIGNATURE):
        raise _two_formats(name, f"no member at byte {member.header_offset}")
    *_, name_size, extra_size = _LOCAL.unpack(header)
    if max(extra_size, len(member.extra)) > _LONGEST_EXTRA or member.comment:
        raise _two_formats(name, f"more than a name beside the member {member.filename!r}")
    end = member.header_offset + _LOCAL.size + name_size + extra_size + member.compress_size
    if member.flag_bits & _STREAMED:
        end += 16 if image[end : end + 4] == _DESCRIPTOR else 12
    return int(end)


def _end_of_h5(image: bytes) -> int | None:
    """Where an HDF5 file says that it ends; None where its library will not know either."""
    version = image[8] if len(image) > 8 else None
    if version not in _BASE_ADDRESS:
        return None
    size, base = image[_OFFSET_SIZE[version]], _BASE_ADDRESS[version]
    if size not in (2, 4, 8) or len(image) < base + 3 * size:
        return None
    return int.from_bytes(image[base + 2 * size : base + 3 * size], "little")


def _ends_as_archive(image: bytes) -> bool:
    """Whether a directory of a zip archive ends where the file does."""
    start = max(0, len(image) - _END.size - _LONGEST_COMMENT)
    while (start := image.find(_END_SIGNATURE, start)) >= 0:
        if start + _END.size <= len(image):
            *_, comment = _END.unpack_from(image, start)
            if start + _END.size + comment == len(image):
                return True
        start += 1
    return False


def _two_formats(name: str, found: str) -> ModelFileError:
    return ModelFileError(
        f"{name} is not one model file from start to end",
        found=found,
        allowed="an HDF5 file or a Keras archive, and nothing in front, between or behind",
        suggestion="save the model again; trust no file that shows two programs two models",
    )
