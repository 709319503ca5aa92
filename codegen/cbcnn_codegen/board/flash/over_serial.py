"""Flash an STM32 through the bootloader in its ROM: erase, write, read everything back, start."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from cbcnn_codegen.board.flash.bootloader import (
    HOW_TO_ENTER,
    Bootloader,
    Identity,
    RefusedError,
    SilentError,
)
from cbcnn_codegen.board.flash.chips import FLASH_ORIGIN, find_chip
from cbcnn_codegen.board.flash.contents import ERASED, FlashContents
from cbcnn_codegen.elf import Segment
from cbcnn_codegen.errors import FlashError
from cbcnn_codegen.progress import Progress, no_progress

ATTEMPTS: Final = 4
_RETURN_ATTEMPTS: Final = 5

Result = TypeVar("Result")


class ProtectedError(FlashError):
    """A block stays as it was when it is erased or written."""

    def __init__(self, block: Segment, found: str) -> None:
        super().__init__(
            "the flash is protected against writing",
            found=f"block {block.address:#010x} {found}",
            suggestion="--unprotect removes the protection; if it was given, the flash is worn out",
        )


def flash_over_serial(
    loader: Bootloader,
    contents: FlashContents,
    *,
    product: int | None = None,
    unprotect: bool = False,
    progress: Progress = no_progress,
) -> Identity:
    """Write contents and start them.

    Args:
        loader: on a line whose chip is in its bootloader.
        contents: to write.
        product: identifier of the chip that must answer; None takes any.
        unprotect: remove read and write protection, which erases everything.
        progress: is told after every block.

    Raises:
        FlashError: no answer, another chip, protected flash, or flash that reads back differently.
    """
    loader.synchronise()
    identity = _persist(loader, loader.identify)
    if product is not None and identity.product != product:
        raise FlashError(
            "another chip than the board's answers",
            found=f"{find_chip(identity.product).title}, product {identity.product:#05x}",
            allowed=f"{find_chip(product).title}, product {product:#05x}",
            suggestion="name the board that is connected with --board",
        )
    _open_flash(loader, unprotect=unprotect)
    try:
        _program(loader, identity, contents, progress)
    except ProtectedError:
        if not unprotect:
            raise
        loader.unprotect_writing()
        _return_after_reset(loader)
        _program(loader, identity, contents, progress)
    loader.go(contents.segments[0].address)
    return identity


def _open_flash(loader: Bootloader, *, unprotect: bool) -> None:
    """Demand that flash can be read; with readout protection on nothing else works either."""
    try:
        _persist(loader, lambda: loader.read(FLASH_ORIGIN, 4))
        return
    except RefusedError as error:
        if not unprotect:
            raise FlashError(
                "the flash is protected against reading",
                found="the bootloader refuses Read Memory",
                suggestion="--unprotect removes the protection and erases the whole flash",
            ) from error
    loader.unprotect_reading()
    _return_after_reset(loader)
    loader.read(FLASH_ORIGIN, 4)


def _program(
    loader: Bootloader, identity: Identity, contents: FlashContents, progress: Progress
) -> None:
    """Erase, write and read back.

    Raises:
        ProtectedError: a block did not change. The chip reports no error for protected pages, not
            when they are erased and not when they are written, so that both have to be looked at:
            a page that was empty before shows its protection only when it is still empty behind.
    """
    progress("erasing", 0, 0)
    blocks = contents.blocks()
    _erase(loader, identity, blocks)
    used = _find_used(loader, blocks)
    if used is not None:
        raise ProtectedError(used, "is not empty after it was erased")
    for index, block in enumerate(blocks):
        progress("writing", index, len(blocks))
        _write_block(loader, block)
    _read_back(loader, blocks, progress)


def _erase(loader: Bootloader, identity: Identity, blocks: list[Segment]) -> None:
    """The pages that the blocks need, or everything where they are not known."""
    chip = find_chip(identity.product)
    pages = chip.find_pages((block.address, block.end) for block in blocks)

    def erase() -> None:
        if pages is None:
            loader.erase_all(identity)
        else:
            loader.erase_pages(identity, pages)

    _persist(loader, erase)


def _find_used(loader: Bootloader, blocks: list[Segment]) -> Segment | None:
    """A block that is not erased. Protection goes by sectors, so a look at some is enough."""
    step = max(len(blocks) // 32, 1)
    for block in (*blocks[::step], blocks[-1]):
        if not _is_empty(_look(loader, block, _is_empty)):
            return block
    return None


def _return_after_reset(loader: Bootloader) -> None:
    """Removing protection resets the chip; BOOT0 still brings it into the bootloader."""
    for _ in range(_RETURN_ATTEMPTS):
        try:
            loader.synchronise()
            return
        except SilentError:
            continue
    raise SilentError(
        "the chip does not come back after its protection was removed", suggestion=HOW_TO_ENTER
    )


def _write_block(loader: Bootloader, block: Segment) -> None:
    """Write one block; after a disturbance look first what became of it.

    Flash with error correction must not be programmed twice, so a block is written again only while
    it is still empty.
    """
    for _ in range(ATTEMPTS):
        try:
            loader.write(block.address, block.data)
            return
        except SilentError:
            loader.recover()
        except RefusedError:
            pass
        found = _read_block(loader, block)
        if found == block.data:
            return
        if not _is_empty(found):
            _demand_equal(found, block)
    raise FlashError(
        f"block {block.address:#010x} cannot be written",
        found=f"{ATTEMPTS} attempts failed",
        suggestion="a lower --baud, or shorter wires",
    )


def _read_back(loader: Bootloader, blocks: list[Segment], progress: Progress) -> None:
    for index, block in enumerate(blocks):
        progress("reading back", index, len(blocks))
        found = _look(loader, block, block.data.__eq__)
        if _is_empty(found):
            raise ProtectedError(block, "is still empty after it was written")
        _demand_equal(found, block)
    progress("reading back", len(blocks), len(blocks))


def _read_block(loader: Bootloader, block: Segment) -> bytes:
    return _persist(loader, lambda: loader.read(block.address, len(block.data)))


def _look(loader: Bootloader, block: Segment, is_right: Callable[[bytes], bool]) -> bytes:
    """The content of the flash. Reads wrong content again: the chip sends no checksum, so the line
    may have changed it.
    """
    found = _read_block(loader, block)
    return found if is_right(found) else _read_block(loader, block)


def _is_empty(data: bytes) -> bool:
    """No block of contents is: `FlashContents.blocks` leaves those out."""
    return all(byte == ERASED for byte in data)


def _persist(loader: Bootloader, act: Callable[[], Result]) -> Result:
    """Do something that may be repeated until no byte of it is lost; NACK is taken at its word."""
    for _ in range(ATTEMPTS - 1):
        try:
            return act()
        except SilentError:
            loader.recover()
    return act()


def _demand_equal(found: bytes, block: Segment) -> None:
    if found == block.data:
        return
    position = next(i for i, byte in enumerate(block.data) if found[i] != byte)
    raise FlashError(
        "the flash does not read back as it was written",
        found=f"{found[position]:#04x} at {block.address + position:#010x}",
        allowed=f"{block.data[position]:#04x}",
        suggestion="flash it again; if that repeats, the flash is worn out",
    )
