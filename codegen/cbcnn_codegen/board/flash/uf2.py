"""Flash a chip whose boot ROM shows a drive that takes files in Microsoft's format UF2.

A block of such a file has 512 bytes, as a sector of the drive has, and says where its 256 bytes of
flash belong. The boot ROM writes each block as it comes, and starts the program behind the last
one. Nothing can be read back.
"""

from __future__ import annotations

import os
import string
import struct
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cbcnn_codegen.board.flash.contents import BLOCK_BYTES, ERASED, FlashContents
from cbcnn_codegen.board_values import Board, Uf2Drive
from cbcnn_codegen.errors import FlashError, UsageError
from cbcnn_codegen.progress import Progress, no_progress
from cbcnn_inputs.regular import read_text

FIRST_MAGIC: Final = 0x0A324655
SECOND_MAGIC: Final = 0x9E5D5157
LAST_MAGIC: Final = 0x0AB16F30
HAS_FAMILY: Final = 0x2000

SECTOR_BYTES: Final = 4096
"""Of serial flash, which are erased together. The boot ROM of an RP2040 loses what it wrote of a
sector that comes in parts (RP2040 Datasheet, RP2040-E14), so all of it must be in the file."""

INFORMATION: Final = "INFO_UF2.TXT"
FILE: Final = "firmware.uf2"
_BOARD_ID: Final = "Board-ID:"
_HEAD: Final = struct.Struct("<8I")
_DATA_BYTES: Final = 476
_RESTART_SECONDS: Final = 15.0
_POLL_SECONDS: Final = 0.05
_MOUNTS: Final = ("media", "media/*", "run/media/*", "mnt", "Volumes")
"""Where systems put drives, each in a folder of its name."""

HOW_TO_ENTER: Final = "hold BOOTSEL while you plug the board in"


def encode_uf2(contents: FlashContents, family: int) -> bytes:
    """A UF2 file for chips of a family, whole sectors of flash filled up with erased bytes."""
    pages = {block.address: block.data for block in contents.blocks()}
    sectors = sorted({address - address % SECTOR_BYTES for address in pages})
    addresses = [
        address
        for sector in sectors
        for address in range(sector, sector + SECTOR_BYTES, BLOCK_BYTES)
    ]
    erased = bytes([ERASED]) * BLOCK_BYTES
    return b"".join(
        _HEAD.pack(
            *(FIRST_MAGIC, SECOND_MAGIC, HAS_FAMILY, address, BLOCK_BYTES),
            *(number, len(addresses), family),
        )
        + pages.get(address, erased).ljust(_DATA_BYTES, b"\0")
        + struct.pack("<I", LAST_MAGIC)
        for number, address in enumerate(addresses)
    )


def drive_of(board: Board) -> Uf2Drive:
    """The drive that the board's chip shows.

    Raises:
        UsageError: the board's file names none.
    """
    if board.flashing.uf2 is None:
        raise UsageError(
            f"no drive for UF2 files is known for {board.name}",
            suggestion="uf2 = { drive = …, family = … } in the board's file, under [flash]",
        )
    return board.flashing.uf2


def flash_with_uf2(
    contents: FlashContents,
    drive: Uf2Drive,
    folder: Path | None = None,
    progress: Progress = no_progress,
) -> None:
    """Write contents to a chip's drive and wait until the chip has started them.

    Args:
        contents: to write.
        drive: that the chip shows.
        folder: where the drive is; None looks for it.
        progress: is told at the beginning and the end.

    Raises:
        FlashError: there is no such drive, or there are several, or the chip does not take the
            file.
    """
    place = find_drive(drive, [folder] if folder is not None else mounted(drive))
    data = encode_uf2(contents, drive.family)
    progress("writing", 0, len(data))
    broken = _write(place / FILE, data)
    if not _vanishes(place):
        raise FlashError(
            f"the drive {drive.name} did not take the firmware",
            found=str(broken) if broken else f"it is still there after {_RESTART_SECONDS:.0f} s",
            allowed="a drive that goes when the last byte is written: the chip starts then",
            suggestion=f"{HOW_TO_ENTER}, and flash it again",
        )
    progress("writing", len(data), len(data))


def find_drive(drive: Uf2Drive, folders: Sequence[Path]) -> Path:
    """The one of some folders that is the drive; errors are those of `flash_with_uf2`."""
    found = [folder for folder in folders if _name_of(folder) == drive.name]
    if len(found) == 1:
        return found[0]
    if found:
        raise FlashError(
            f"there are several drives {drive.name}",
            found=", ".join(map(str, found)),
            suggestion="--drive FOLDER names one of them",
        )
    raise FlashError(
        f"there is no drive {drive.name}",
        found=f"no {INFORMATION} that says so in "
        f"{', '.join(map(str, folders)) or 'any folder where drives are mounted'}",
        suggestion=f"{HOW_TO_ENTER}; --drive FOLDER, where it is mounted",
    )


def mounted(drive: Uf2Drive) -> list[Path]:
    """Folders with the drive, where this system mounts such."""
    if os.name == "nt":
        folders = {Path(f"{letter}:/") for letter in string.ascii_uppercase}
    else:
        places = (folder for pattern in _MOUNTS for folder in Path("/").glob(pattern))
        folders = {place / drive.name for place in places}
    return sorted(folder for folder in folders if _name_of(folder) == drive.name)


def _name_of(folder: Path) -> str | None:
    """The `Board-ID` of a drive; None where there is no such drive."""
    try:
        lines = read_text(folder / INFORMATION).splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    values = (line.removeprefix(_BOARD_ID) for line in lines if line.startswith(_BOARD_ID))
    return next(values, "").strip()


def _write(path: Path, data: bytes) -> OSError | None:
    """Write through to the drive; what broke, which may be that it went at the last byte.

    Raises:
        FlashError: the file cannot be begun.
    """
    try:
        file = path.open("wb")
    except OSError as error:
        raise FlashError(f"{path} cannot be written", found=str(error)) from error
    try:
        with file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return error
    return None


def _vanishes(place: Path) -> bool:
    limit = time.monotonic() + _RESTART_SECONDS
    while time.monotonic() < limit:
        if not (place / INFORMATION).is_file():
            return True
        time.sleep(_POLL_SECONDS)
    return False
