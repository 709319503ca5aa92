"""Builds the program to profile: generated code and the harness, for one target."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cbcnn_codegen.elf import Segment, open_elf, read_segments
from cbcnn_codegen.errors import UsageError
from cbcnn_codegen.profile.flow import Block, split_instructions
from cbcnn_codegen.targets import Emulator, Target
from cbcnn_codegen.verify.emulate import compile_for_target
from cbcnn_codegen.verify.project import Project

if TYPE_CHECKING:
    from elftools.elf.sections import SymbolTableSection

_HARNESS_SOURCES: Final = ("harness.c", "io_semihosting.c")


@dataclass(frozen=True)
class Program:
    """An executable file taken apart.

    Attributes:
        emulator: the machine that it was linked for.
        start: the address where the processor starts.
        entry: first instruction of the model's `run` function.
        forward: the functions that call the layers.
        outside: the functions that call the model.
    """

    path: Path
    project: Project
    target: Target
    emulator: Emulator
    segments: tuple[Segment, ...]
    start: int
    entry: int
    forward: tuple[range, ...]
    outside: tuple[range, ...]

    def read_on(self, address: int) -> bytes:
        """Everything from an address to the end of its segment."""
        for segment in self.segments:
            if 0 <= address - segment.address < len(segment.data):
                return segment.data[address - segment.address :]
        raise ValueError(f"nothing at {address:#x}")

    def code(self, block: Block) -> bytes:
        """The instructions of a block."""
        return self.read_on(block.address)[: block.bytes]

    def functions(self, name: str) -> tuple[range, ...]:
        """The addresses of each function of a name."""
        with open_elf(self.path) as elf:
            found = _functions(elf.get_section_by_name(".symtab"))
        return tuple(where for _, other, where in found if other == name)

    def lengths(self, code: bytes) -> Iterator[int]:
        """The length in bytes of each instruction in `code`."""
        assert self.target.instruction_bytes is not None, "it is emulated"
        return split_instructions(code, self.target.instruction_bytes)


def build_program(project: Project, target: Target, folder: Path) -> Program:
    """Compile and link with the flags of the target, as a generated project does.

    Adds debug information, which does not change the code; a test demands that.

    Raises:
        MissingToolError: no compiler.
        BuildError: the code does not compile.
    """
    if target.emulator is None:
        raise UsageError(f"target {target.name} has no emulator")
    emulator = target.emulator
    debugged = replace(target, optimise=(*target.optimise, "-g"))
    path = compile_for_target(project, debugged, emulator, folder, traced=False)
    return read_program(path, project, target, emulator)


def read_program(path: Path, project: Project, target: Target, emulator: Emulator) -> Program:
    """Take an ELF file apart."""
    with open_elf(path) as elf:
        segments = read_segments(elf)
        functions = _functions(elf.get_section_by_name(".symtab"))
        start = elf["e_entry"] & ~1
    prefix = project.prefix
    top = (f"{prefix}_run", f"{prefix}_forward")
    return Program(
        path=path,
        project=project,
        target=target,
        emulator=emulator,
        segments=segments,
        start=start,
        entry=next(where.start for _, name, where in functions if name == top[0]),
        forward=tuple(where for _, name, where in functions if name.partition(".")[0] in top),
        outside=tuple(where for file, name, where in functions if _calls_model(file, name)),
    )


def _functions(symbols: SymbolTableSection) -> list[tuple[str, str, range]]:
    """Source file, for local functions alone, then name and addresses."""
    found = []
    file = ""
    for symbol in symbols.iter_symbols():
        kind, binding = symbol["st_info"]["type"], symbol["st_info"]["bind"]
        if kind == "STT_FILE":
            file = symbol.name
        elif kind == "STT_FUNC":
            start = symbol["st_value"] & ~1
            source = file if binding == "STB_LOCAL" else ""
            found.append((source, symbol.name, range(start, start + symbol["st_size"])))
    return found


def _calls_model(file: str, name: str) -> bool:
    return file in _HARNESS_SOURCES or name == "main" or name.startswith("harness_")
