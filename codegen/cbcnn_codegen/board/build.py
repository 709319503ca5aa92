"""Firmware for a board: written as a project, compiled, measured."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cbcnn_codegen.board.capacity import demand_room
from cbcnn_codegen.board.firmware import FirmwareOptions, emit_firmware, firmware_target
from cbcnn_codegen.board.firmware_views import LINKER_FLAGS, SECTION_FLAGS
from cbcnn_codegen.boards import Board
from cbcnn_codegen.emit import write_project
from cbcnn_codegen.emit.report import REPORT
from cbcnn_codegen.sections import count_bytes, read_sections
from cbcnn_codegen.targets import Target
from cbcnn_codegen.verify.build import WARNINGS, find_tool, run_compiler
from cbcnn_codegen.verify.emulate import PACKAGES
from cbcnn_codegen.verify.project import Project, read_project

ELF, BINARY, HEX = "firmware.elf", "firmware.bin", "firmware.hex"

_KINDS: Final = {
    ".text": ("flash",),
    ".ARM.exidx": ("flash",),
    ".data": ("flash", "ram"),
    ".bss": ("ram",),
    ".noinit": ("ram",),
    ".stack": ("ram", "stack"),
}


@dataclass(frozen=True)
class Firmware:
    """Firmware that was built.

    Attributes:
        folder: the project.
        elf, binary, hex: the program in three forms.
        flash_bytes, ram_bytes: as linked, the stack included.
        stack_bytes: reserved for the stack.
    """

    board: Board
    folder: Path
    elf: Path
    binary: Path
    hex: Path
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
            "flash_bytes": self.flash_bytes,
            "ram_bytes": self.ram_bytes,
            "stack_bytes": self.stack_bytes,
        }


def firmware_folder(directory: Path, board: Board) -> Path:
    """Where the firmware for a board goes, inside the folder of the generated code."""
    return directory / board.name


def write_firmware(
    project: Project, board: Board, options: FirmwareOptions, *, force: bool = False
) -> Path:
    """Write the project without building it; returns its folder.

    Raises:
        DoesNotFitError: the board is too small; nothing is written.
        UsageError: the code is for another processor, or a file cannot be read.
        OutputError: the folder cannot be written.
    """
    files = emit_firmware(project, board, options)
    demand_room(project, board, len(options.golden))
    folder = firmware_folder(project.folder, board)
    write_project(folder, files, force=force)
    return folder


def build_firmware(
    directory: Path, board: Board, options: FirmwareOptions | None = None, *, force: bool = False
) -> Firmware:
    """Write the firmware of a board into the folder of generated code, and build it.

    Args:
        directory: that `cbcnn-codegen` wrote.
        board: to build for.
        options: golden images and a program of one's own.
        force: overwrite files that were edited.

    Raises:
        DoesNotFitError: the board is too small; nothing is written.
        MissingToolError: the cross compiler is not installed.
        BuildError: the compiler had something to say.
    """
    options = options or FirmwareOptions()
    project = read_project(directory)
    folder = write_firmware(project, board, options, force=force)
    target = firmware_target(project, board)
    compile_firmware(target, folder)
    size = find_tool(target.size_command, PACKAGES[target.compiler[0]])
    sizes = count_bytes(read_sections(size, folder / ELF), _KINDS)
    return Firmware(
        board=board,
        folder=folder,
        elf=folder / ELF,
        binary=folder / BINARY,
        hex=folder / HEX,
        flash_bytes=sizes["flash"],
        ram_bytes=sizes["ram"],
        stack_bytes=sizes["stack"],
    )


def compile_firmware(target: Target, folder: Path) -> None:
    """What the project's Makefile does, without make."""
    report = json.loads((folder / REPORT).read_text(encoding="utf-8"))
    compiler = find_tool(target.compiler[0], PACKAGES[target.compiler[0]])
    prefix = target.compiler[0].removesuffix("gcc")
    flags = [*target.flags, *target.library_flags, *SECTION_FLAGS, *target.optimise, "-g"]
    command = [compiler, "-std=c99", *flags, *WARNINGS, *_in(folder, LINKER_FLAGS)]
    paths = [str(folder / source) for source in report["sources"]]
    run_compiler("firmware", [*command, *paths, "-o", str(folder / ELF)])
    objcopy = find_tool(f"{prefix}objcopy", PACKAGES[target.compiler[0]])
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
