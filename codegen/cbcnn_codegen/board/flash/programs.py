"""Flash with st-flash, OpenOCD, avrdude or wlink: programs of others, read back in each case."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cbcnn_codegen.board.flash.contents import ERASED, FlashContents
from cbcnn_codegen.boards import Board
from cbcnn_codegen.errors import FlashError, MissingToolError, UsageError
from cbcnn_codegen.tools import Processes, find_tool

_SECONDS: Final = 180.0
_LINES: Final = 6
_WCH_FLASH: Final = 0x0800_0000
"""Where debuggers see the flash that the processor has at 0."""

HOW_TO_GET_WLINK: Final = "cargo install wlink, or a release of github.com/ch32-rs/wlink"

NO_PROBE: Final = (
    "plug the probe in and power the board; without rights on it, install the udev rules of your "
    "tool"
)


@dataclass(frozen=True)
class Cause:
    """Messages of the programs, in lower case, with their meaning."""

    words: str
    what: str
    suggestion: str


CAUSES: Final = (
    Cause("protect", "the flash is protected", "remove the protection, which erases the chip"),
    Cause("address already in use", "another program holds OpenOCD's ports", "end it"),
    Cause("libusb_error_busy", "another program holds the probe", "end it"),
    Cause("libusb_error_access", "the probe may not be opened", "install the udev rules"),
    Cause("wch-link not found", "no probe answers", NO_PROBE),
    Cause("couldn't find any st-link", "no probe answers", NO_PROBE),
    Cause("open failed", "no probe answers", NO_PROBE),
    Cause("no device found", "no probe answers", NO_PROBE),
    Cause("unable to find a matching", "no probe answers", NO_PROBE),
    Cause(
        "init mode failed", "the probe does not reach the chip", "power the board, check the pins"
    ),
    Cause(
        "failed to connect", "the probe does not reach the chip", "hold the reset button meanwhile"
    ),
    Cause("can't open device", "the port cannot be opened", "cbcnn-board list shows the ports"),
    Cause("not in sync", "no bootloader answers", "is it the right --port and --board?"),
    Cause("verif", "the flash does not read back as it was written", "flash it again"),
)


def flash_with_st_flash(contents: FlashContents, folder: Path) -> None:
    """Write through an ST-Link; `folder` takes the plain binary that st-flash wants."""
    program = find_tool("st-flash", "stlink-tools")
    origin = contents.segments[0].address
    binary = bytearray([ERASED]) * (max(segment.end for segment in contents.segments) - origin)
    for segment in contents.segments:
        binary[segment.address - origin : segment.end - origin] = segment.data
    path = folder / "firmware.bin"
    path.write_bytes(binary)
    run_flasher([program, "--reset", "write", str(path), f"{origin:#x}"], "verified")


def flash_with_wlink(contents: FlashContents, board: Board, folder: Path) -> None:
    """Write through a WCH-Link, and compare what it reads then; `folder` takes that.

    Raises:
        UsageError: the board's file does not name the chip.
        FlashError: the flash does not read back as it was written.
    """
    chip = board.flashing.wlink
    if chip is None:
        raise UsageError(
            f"no name of wlink is known for {board.name}",
            suggestion='wlink = "…" in the board\'s file, under [flash]',
        )
    if shutil.which("wlink") is None:
        raise MissingToolError("wlink is not installed", suggestion=HOW_TO_GET_WLINK)
    written = contents.path.with_suffix(".bin").resolve()
    read = folder / "read.bin"
    expected = written.read_bytes()
    run_flasher(["wlink", "--chip", chip, "flash", str(written)], "flash done")
    size = f"{len(expected)}"
    run_flasher(
        ["wlink", "--chip", chip, "dump", f"{_WCH_FLASH:#010x}", size, "-o", str(read)], "written"
    )
    if read.read_bytes()[: len(expected)] != expected:
        raise FlashError(
            "the flash does not read back as it was written (wlink)", suggestion="flash it again"
        )


def flash_with_openocd(contents: FlashContents, board: Board) -> None:
    """Write through any probe that OpenOCD knows and the board's script names.

    Raises:
        UsageError: the board's file names no script.
    """
    script = board.flashing.openocd
    if script is None:
        raise UsageError(
            f"no script of OpenOCD is known for {board.name}",
            suggestion='openocd = "…" in the board\'s file, under [flash]',
        )
    program = find_tool("openocd", "openocd")
    # A script of a chip does not say which probe there is; that of a board does.
    interface = ["-f", "interface/stlink.cfg"] if script.startswith("target/") else []
    # A name with braces is one word for Tcl, whatever is in it.
    command = f"program {{{contents.path.resolve()}}} verify reset exit"
    run_flasher([program, *interface, "-f", script, "-c", command], "Verified OK")


def flash_with_avrdude(contents: FlashContents, board: Board, port: str | None) -> None:
    """Write through the bootloader that an Arduino is sold with, which opening the port starts.

    Raises:
        UsageError: no port, or the board's file does not name the chip.
    """
    names = board.flashing.avrdude
    if names is None:
        raise UsageError(
            f"no names of avrdude are known for {board.name}",
            suggestion="avrdude = { part = …, programmer = …, baud = … } in the board's file, "
            "under [flash]",
        )
    if port is None:
        raise UsageError(
            "avrdude needs a serial port",
            suggestion="--port PORT; cbcnn-board list shows the ports that there are",
        )
    program = find_tool("avrdude", "avrdude")
    chip = ["-p", names.part, "-c", names.programmer, "-b", str(names.baud), "-P", port]
    # The bootloader erases what it writes and no more. An Intel HEX file holds no RAM.
    what = f"flash:w:{contents.path.with_suffix('.hex')}:i"
    run_flasher([program, *chip, "-D", "-U", what], "verified")


def run_flasher(command: Sequence[str], success: str) -> None:
    """Run a program that flashes, and demand that it says so.

    Raises:
        FlashError: with the cause, as far as it is known, and the program's last lines.
    """
    name = Path(command[0]).name
    endless = FlashError(f"{name} did not end in {_SECONDS:.0f} s")
    finished = Processes().follow(command, seconds=_SECONDS, endless=endless)
    output = finished.text.strip()
    if finished.code == 0 and success.lower() in output.lower():
        return
    said = "\n".join(output.splitlines()[-_LINES:]) or "nothing"
    for cause in CAUSES:
        if cause.words in output.lower():
            raise FlashError(f"{cause.what} ({name})", found=said, suggestion=cause.suggestion)
    raise FlashError(
        f"{name} did not flash the board",
        found=f"exit code {finished.code}\n{said}",
        allowed=f"exit code 0 and {success!r}",
    )
