"""Write firmware for a board as a project, compile and measure it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cbcnn_codegen.board.capacity import demand_room, firmware_core, stack_reserve
from cbcnn_codegen.board.firmware import (
    FirmwareOptions,
    FirmwareReport,
    emit_firmware,
    file_names,
    firmware_target,
)
from cbcnn_codegen.board.firmware_views import LINKER_FLAGS, SECTION_FLAGS
from cbcnn_codegen.board.flash.contents import read_contents
from cbcnn_codegen.board.flash.uf2 import FILE as UF2
from cbcnn_codegen.board.flash.uf2 import encode_uf2
from cbcnn_codegen.boards import Board
from cbcnn_codegen.elf import count_bytes, read_sections
from cbcnn_codegen.emit import check_project, encode, write_project
from cbcnn_codegen.report import REPORT, decode
from cbcnn_codegen.targets import Target
from cbcnn_codegen.tools import find_tool
from cbcnn_codegen.verify.build import WARNINGS, run_compiler
from cbcnn_codegen.verify.project import Project, read_project
from cbcnn_inputs.regular import TEXT_BYTES, read_bytes
from cbcnn_inputs.together import replace_together

ELF, BINARY, HEX = "firmware.elf", "firmware.bin", "firmware.hex"
PRODUCTS: Final = (ELF, BINARY, HEX, UF2, "firmware.map")
"""Of a build; the fourth for boards that take such files."""

_KINDS: Final = {
    ".boot": ("flash",),
    ".text": ("flash",),
    ".ARM.exidx": ("flash",),
    ".data": ("flash", "ram"),
    ".bss": ("ram",),
    ".noinit": ("ram",),
    ".stack": (),
}


@dataclass(frozen=True)
class Firmware:
    """Firmware that was built.

    Attributes:
        folder: the project.
        elf, binary, hex: the program in three forms.
        uf2: the same for a chip's drive; None for boards without one.
        flash_bytes, ram_bytes: as linked, the stack included.
        stack_bytes: reserved for the stack.
    """

    board: Board
    folder: Path
    elf: Path
    binary: Path
    hex: Path
    uf2: Path | None
    flash_bytes: int
    ram_bytes: int
    stack_bytes: int

    def summary(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        return {
            "board": self.board.name,
            "target": self.board.target,
            "proof": self.board.proof,
            "folder": str(self.folder),
            "elf": str(self.elf),
            "bin": str(self.binary),
            "hex": str(self.hex),
            **({} if self.uf2 is None else {"uf2": str(self.uf2)}),
            "flash_bytes": self.flash_bytes,
            "ram_bytes": self.ram_bytes,
            "stack_bytes": self.stack_bytes,
        }


def firmware_folder(directory: Path, board: Board) -> Path:
    """The folder of a board's firmware, inside the folder of the generated code."""
    return directory / board.name


def write_firmware(
    project: Project, board: Board, options: FirmwareOptions, *, force: bool = False
) -> Path:
    """Write the project without building it; returns its folder.

    A program that was built of other files is removed.

    Raises:
        DoesNotFitError: the board is too small; nothing is written.
        UsageError: the code is for another processor, or a file cannot be read.
        OutputError: the folder cannot be written.
    """
    files = emit_firmware(project, board, options)
    demand_room(project, board, len(options.golden))
    folder = firmware_folder(project.folder, board)
    stale = find_stale(project, board, files, force=force)
    replace_together(folder, encode(files), stale)
    return folder


def find_stale(
    project: Project, board: Board, files: Mapping[str, str], *, force: bool
) -> list[str]:
    """Names of files in the folder of a board's firmware that only an earlier run wrote.

    Products are among them, unless they were built of the same files.

    Raises:
        OutputError: a file is in the way.
    """
    folder, family = firmware_folder(project.folder, board), file_names(project, board)
    stale = check_project(folder, files, family=family, force=force)
    is_same = all(_holds(folder / name, text) for name, text in files.items())
    return stale if is_same else [*stale, *PRODUCTS]


def _holds(path: Path, text: str) -> bool:
    try:
        return read_bytes(path, TEXT_BYTES) == text.encode()
    except OSError:
        return False


def build_firmware(
    directory: Path, board: Board, options: FirmwareOptions | None = None, *, force: bool = False
) -> Firmware:
    """Build the firmware of a board, and write it into the folder of generated code.

    Sources and programs get there in one step, when all of them are complete.

    Args:
        directory: that `cbcnn-codegen` wrote.
        board: to build for.
        options: golden images and a program of one's own.
        force: overwrite files that were edited.

    Raises:
        DoesNotFitError: the board is too small; nothing is written.
        MissingToolError: the cross compiler is not installed.
        BuildError: the compiler had something to say; nothing is written.
    """
    options = options or FirmwareOptions()
    project = read_project(directory)
    files = emit_firmware(project, board, options)
    demand_room(project, board, len(options.golden))
    folder = firmware_folder(project.folder, board)
    stale = find_stale(project, board, files, force=force)
    target = firmware_target(project, board)
    with tempfile.TemporaryDirectory(prefix="cbcnn-") as name:
        built = Path(name)
        write_project(built, files)
        compile_firmware(target, firmware_core(board).link_flags, built, folder)
        drive = board.flashing.uf2
        if drive is not None:
            (built / UF2).write_bytes(encode_uf2(read_contents(built / ELF), drive.family))
        sizes = count_bytes(read_sections(built / ELF), _KINDS)
        products = {
            product: (built / product).read_bytes()
            for product in PRODUCTS
            if product != UF2 or drive is not None
        }
    kept = [name for name in stale if name not in products]
    stack_bytes = stack_reserve(project, board)
    replace_together(folder, {**encode(files), **products}, kept)
    return Firmware(
        board=board,
        folder=folder,
        elf=folder / ELF,
        binary=folder / BINARY,
        hex=folder / HEX,
        uf2=None if drive is None else folder / UF2,
        flash_bytes=sizes["flash"],
        ram_bytes=sizes["ram"] + stack_bytes,
        stack_bytes=stack_bytes,
    )


def compile_firmware(
    target: Target, link_flags: tuple[str, ...], folder: Path, known_as: Path
) -> None:
    """Do what the project's Makefile does, without make.

    Args:
        target: to compile for.
        link_flags: of its firmware.
        folder: of the project.
        known_as: that the program names as the place of its sources, for debuggers.
    """
    report = decode(FirmwareReport, (folder / REPORT).read_text(encoding="utf-8"))
    compiler = find_tool(target.compiler[0], target.toolchain.packages)
    place = f"-fdebug-prefix-map={folder}={known_as}"
    flags = [*target.flags, *target.library_flags, *SECTION_FLAGS, *target.optimise, "-g", place]
    command = [compiler, f"-std={target.standard}", *flags, *WARNINGS, *target.unheeded]
    paths = [str(folder / source) for source in report.sources]
    last = _in(folder, (*link_flags, *LINKER_FLAGS))
    run_compiler("firmware", [*command, *paths, *last, "-o", str(folder / ELF)])
    objcopy = find_tool(target.tool("objcopy"), target.toolchain.binutils)
    for kind, name in (("binary", BINARY), ("ihex", HEX)):
        run_compiler("firmware", [objcopy, "-O", kind, str(folder / ELF), str(folder / name)])


def _in(folder: Path, flags: tuple[str, ...]) -> list[str]:
    """Linker flags with the files in them where they are."""
    return [
        flag.replace("board.ld", str(folder / "board.ld")).replace(
            "firmware.map", str(folder / "firmware.map")
        )
        for flag in flags
    ]
