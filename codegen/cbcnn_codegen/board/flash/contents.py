"""Reads the contents to flash: the segments of an ELF file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cbcnn_codegen.elf import Segment, open_elf, read_segments
from cbcnn_codegen.errors import BuildError, FlashError

ERASED: Final = 0xFF
BLOCK_BYTES: Final = 256


@dataclass(frozen=True)
class FlashContents:
    """A program as it lies in flash, lowest address first."""

    path: Path
    segments: tuple[Segment, ...]

    @property
    def size(self) -> int:
        """Bytes that are written."""
        return sum(len(segment.data) for segment in self.segments)

    def blocks(self) -> list[Segment]:
        """The content in aligned blocks of 256 bytes, filled up with erased bytes.

        Whole aligned blocks suit every flash: none of the chips programs more than 32 bytes at a
        time, and none of those lines is then written twice. Erased blocks are left out.
        """
        blocks: dict[int, bytearray] = {}
        for segment in self.segments:
            for address, byte in enumerate(segment.data, segment.address):
                start = address - address % BLOCK_BYTES
                block = blocks.setdefault(start, bytearray([ERASED]) * BLOCK_BYTES)
                block[address - start] = byte
        return [
            Segment(start, bytes(block))
            for start, block in sorted(blocks.items())
            if any(byte != ERASED for byte in block)
        ]


def read_contents(path: Path) -> FlashContents:
    """The loadable segments of an ELF file, by load address.

    Raises:
        FlashError: no such file, or not an ELF file with something to load.
        MissingToolError: pyelftools is not installed.
    """
    try:
        with open_elf(path) as elf:
            loaded = read_segments(elf)
    except BuildError as error:
        raise FlashError(
            f"{path} cannot be flashed",
            found=error.found,
            allowed="an ELF file",
            suggestion="cbcnn-board build",
        ) from error
    if not loaded:
        raise FlashError(f"{path} cannot be flashed", found="nothing to load in it")
    return FlashContents(path, loaded)


def demand_room(contents: FlashContents, origin: int, size: int, board: str) -> None:
    """Raise unless every byte lies in the board's flash.

    Raises:
        FlashError: with the numbers.
    """
    first, end = contents.segments[0].address, max(segment.end for segment in contents.segments)
    if origin <= first and end <= origin + size:
        return
    if origin <= first < origin + size:
        raise FlashError(
            f"the firmware is too large for {board}",
            found=f"{end - origin:,} bytes of flash needed",
            allowed=f"{size:,} bytes",
            suggestion="a smaller model, or a board with more flash: cbcnn-board list",
        )
    raise FlashError(
        f"{contents.path.name} was not linked for {board}",
        found=f"addresses {first:#010x} to {end - 1:#010x}",
        allowed=f"{origin:#010x} to {origin + size - 1:#010x}",
        suggestion=f"cbcnn-board build DIR --board {board}",
    )
