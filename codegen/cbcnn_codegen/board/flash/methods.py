"""Choose a way to flash a board, and flash it."""

from __future__ import annotations

import importlib.util
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cbcnn_codegen.board.emulators import emulator_of
from cbcnn_codegen.board.flash.bootloader import Bootloader
from cbcnn_codegen.board.flash.chips import find_product
from cbcnn_codegen.board.flash.contents import FlashContents, demand_room, read_contents
from cbcnn_codegen.board.flash.gdb import PROBE, flash_with_gdb
from cbcnn_codegen.board.flash.over_serial import flash_over_serial
from cbcnn_codegen.board.flash.probe import flash_with_probe
from cbcnn_codegen.board.flash.programs import (
    HOW_TO_GET_WLINK,
    flash_with_avrdude,
    flash_with_openocd,
    flash_with_st_flash,
    flash_with_wlink,
)
from cbcnn_codegen.board.flash.uf2 import HOW_TO_ENTER, drive_of, flash_with_uf2, mounted
from cbcnn_codegen.board.port import BAUD, LINE_ERRORS, open_bootloader_port, open_port
from cbcnn_codegen.boards import Board
from cbcnn_codegen.errors import FlashError, MissingToolError, UsageError
from cbcnn_codegen.progress import Progress, no_progress
from cbcnn_inputs.installation import install_command

METHODS: Final = ("pyocd", "st-flash", "openocd", "gdb", "bootloader", "avrdude", "uf2", "wlink")
OVER_A_PORT: Final = ("bootloader", "avrdude")
"""Those that need `--port`."""
WRITE_ONLY: Final = ("uf2",)
"""Those that cannot read back what they wrote."""


@dataclass(frozen=True)
class FlashOptions:
    """A user's choices.

    Attributes:
        method: one of `METHODS`; None takes the first that the board has and this machine can.
        port: serial line to a bootloader.
        baud: of it.
        parity: whether the line has one; a pseudo-terminal has not.
        gdb: HOST:PORT of a gdb server.
        unprotect: remove protection, which may erase the chip.
        drive: folder where the chip's drive is mounted.
    """

    method: str | None = None
    port: str | None = None
    baud: int = BAUD
    parity: bool = True
    gdb: str | None = None
    unprotect: bool = False
    drive: Path | None = None


@dataclass(frozen=True)
class Flashed:
    """The result of `flash`."""

    board: str
    method: str
    written_bytes: int
    seconds: float

    @property
    def verified(self) -> bool:
        """Whether it reads back as it was written."""
        return self.method not in WRITE_ONLY

    def to_json(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        return {
            "board": self.board,
            "method": self.method,
            "image_bytes": self.written_bytes,  # programs know this key
            "verified": self.verified,
            "seconds": round(self.seconds, 3),
        }


def flash_board(
    board: Board, elf: Path, options: FlashOptions, progress: Progress = no_progress
) -> Flashed:
    """Write firmware, read it back where that can be, and start it.

    Raises:
        UsageError: a method that the board has not, or that lacks an option.
        MissingToolError: the program or package for it is not installed.
        FlashError: it did not work; the message says why.
        BoardError: the serial port cannot be opened.
    """
    contents = read_contents(elf)
    demand_room(contents, board.flash_origin, board.flash_bytes, board.name)
    method = choose_method(board, options)
    start = time.monotonic()
    _ways(board, contents, options, progress)[method]()
    return Flashed(board.name, method, contents.size, time.monotonic() - start)


def flash_emulated(
    board: Board, elf: Path, method: str | None, progress: Progress = no_progress
) -> Flashed:
    """Write firmware into a blank emulated board, see it start, and end it.

    Raises:
        UsageError: a method that an emulated board has not.
        FlashError, BoardError: it did not work.
    """
    from cbcnn_codegen.board.connect import emulate_blank

    if method not in (None, "gdb"):
        raise UsageError(f"an emulated board cannot be flashed by {method}", allowed="gdb")
    start = time.monotonic()
    with emulate_blank(board, elf, lambda _text: None, progress):
        return Flashed(board.name, "gdb", read_contents(elf).size, time.monotonic() - start)


def _ways(
    board: Board, contents: FlashContents, options: FlashOptions, progress: Progress
) -> dict[str, Callable[[], None]]:
    def with_folder(flash: Callable[[Path], None]) -> None:
        with tempfile.TemporaryDirectory(prefix="cbcnn-flash-") as folder:
            flash(Path(folder))

    def with_gdb() -> None:
        if options.gdb is None:
            raise UsageError(
                "gdb needs a server that is connected to the board",
                suggestion="--gdb HOST:PORT; OpenOCD listens on localhost:3333",
            )
        flash_with_gdb(contents, options.gdb, PROBE, progress)

    return {
        "pyocd": lambda: flash_with_probe(contents, board, progress),
        "st-flash": lambda: with_folder(lambda folder: flash_with_st_flash(contents, folder)),
        "openocd": lambda: flash_with_openocd(contents, board),
        "avrdude": lambda: flash_with_avrdude(contents, board, options.port),
        "gdb": with_gdb,
        "uf2": lambda: flash_with_uf2(contents, drive_of(board), options.drive, progress),
        "wlink": lambda: with_folder(lambda folder: flash_with_wlink(contents, board, folder)),
        "bootloader": lambda: _use_bootloader(board, contents, options, progress),
    }


def _use_bootloader(
    board: Board, contents: FlashContents, options: FlashOptions, progress: Progress
) -> None:
    if options.port is None:
        raise UsageError(
            "the bootloader needs a serial port",
            suggestion="--port PORT; cbcnn-board list shows the ports that there are",
        )
    open_line = open_bootloader_port if options.parity else open_port
    line = open_line(options.port, options.baud)
    try:
        product = find_product(board.mcu)
        flash_over_serial(
            Bootloader(line),
            contents,
            product=product,
            unprotect=options.unprotect,
            progress=progress,
        )
    except LINE_ERRORS as error:
        raise FlashError(
            f"the connection to {options.port} broke",
            found=str(error),
            suggestion="connect it again, reset the board into its bootloader, and start again",
        ) from error
    finally:
        line.close()


def choose_method(board: Board, options: FlashOptions) -> str:
    """The method that the user names, or the board's first for which this machine has the tools.

    Raises:
        UsageError: the board has not the one that is asked for.
        MissingToolError: there are means for none.
    """
    allowed = ", ".join(board.ways_to_flash)
    if options.method is not None and options.method not in board.ways_to_flash:
        raise UsageError(f"{board.name} cannot be flashed by {options.method}", allowed=allowed)
    if options.method is not None:
        return options.method
    if options.gdb is not None and "gdb" in board.ways_to_flash:
        return "gdb"
    if options.drive is not None and "uf2" in board.flashing.methods:
        return "uf2"
    drive = board.flashing.uf2
    available = {
        "pyocd": importlib.util.find_spec("pyocd") is not None,
        "st-flash": shutil.which("st-flash") is not None,
        "openocd": shutil.which("openocd") is not None,
        "bootloader": options.port is not None,
        "avrdude": options.port is not None and shutil.which("avrdude") is not None,
        "uf2": drive is not None and bool(mounted(drive)),
        "wlink": shutil.which("wlink") is not None,
    }
    if options.port is not None:
        for method in OVER_A_PORT:
            if method in board.flashing.methods:
                return method
    for method in board.flashing.methods:
        if available.get(method, False):
            return method
    raise MissingToolError(
        f"nothing here can flash {board.name}",
        allowed=f"{allowed} (one of them installed)",
        suggestion="one of\n" + "\n".join(_how_to_get(board)),
    )


def _how_to_get(board: Board) -> list[str]:
    """What makes a board's methods possible here, in the order of the board."""
    means = {
        "pyocd": install_command("probe"),
        "st-flash": "apt-get install stlink-tools",
        "openocd": "apt-get install openocd",
        "bootloader": "--port PORT for the bootloader",
        "avrdude": "apt-get install avrdude, and --port PORT",
        "uf2": HOW_TO_ENTER,
        "wlink": HOW_TO_GET_WLINK,
    }
    can_start_blank = board.emulator is not None and emulator_of(board).start_flashed is not None
    emulated = ["--port emulated"] if can_start_blank else []
    return [*emulated, *(means[method] for method in board.flashing.methods)]
