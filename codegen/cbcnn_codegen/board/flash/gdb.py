"""Flash through gdb: `load`, then `compare-sections`, at any gdb server, QEMU's own included."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cbcnn_codegen.board.flash.contents import FlashContents
from cbcnn_codegen.errors import FlashError
from cbcnn_codegen.progress import Progress, no_progress
from cbcnn_codegen.tools import Processes, find_tool

PROGRAMS: Final = ("gdb-multiarch", "arm-none-eabi-gdb")
QEMU: Final[tuple[Sequence[str], Sequence[str]]] = ((), ("disconnect",))
"""Before and after, for a stopped emulated machine; the caller resets it."""
PROBE: Final[tuple[Sequence[str], Sequence[str]]] = (
    ("monitor reset halt",),
    ("monitor reset", "monitor system_reset"),
)
"""Before and after, for any server: those of probes know the first, QEMU the second way to reset,
and each passes over what it does not know."""

_SECONDS: Final = 180.0
_LOADED: Final = re.compile(r"Loading section (\S+), size 0x([0-9a-f]+)")
_COMPARED: Final = re.compile(r"Section (\S+), range .*: (matched|MIS-MATCHED)")


def flash_with_gdb(
    contents: FlashContents,
    server: str,
    around: tuple[Sequence[str], Sequence[str]],
    progress: Progress = no_progress,
) -> None:
    """Write an ELF file through a gdb server and demand that it reads back.

    Args:
        contents: to write.
        server: HOST:PORT.
        around: gdb commands before and after.
        progress: is told after every section.

    Raises:
        MissingToolError: no gdb that knows Arm.
        FlashError: no server, the server refused, or a section reads back differently.
    """
    before, after = around
    commands = [
        "set confirm off",
        "set architecture arm",
        "set tcp connect-timeout 5",
        f"target remote {server}",
        *before,
        "load",
        "compare-sections",
        *after,
    ]
    _demand_match(_run(contents.path, commands, contents.size, progress), server)


def _demand_match(output: str, server: str) -> None:
    """Raise unless gdb says that it loaded something, and that all of it reads back."""
    loaded = {name for name, _ in _LOADED.findall(output)}
    compared = dict(_COMPARED.findall(output))
    different = sorted(name for name, verdict in compared.items() if verdict != "matched")
    if different:
        raise FlashError(
            "the flash does not read back as it was written",
            found=f"sections that differ: {', '.join(different)}",
            suggestion="the flash may be write-protected or worn out",
        )
    if not loaded or not loaded <= set(compared):
        raise FlashError(
            f"gdb cannot write the firmware through {server}",
            found=_last_lines(output),
            suggestion="is a gdb server running there, and is the board powered?",
        )


def _run(path: Path, commands: Sequence[str], size: int, progress: Progress) -> str:
    """All that gdb printed; its lines move the progress as they come."""
    program = next((name for name in PROGRAMS if shutil.which(name)), PROGRAMS[0])
    arguments = [part for command in commands for part in ("-ex", command)]
    command = [find_tool(program, "gdb-multiarch"), "-nx", "-batch", *arguments, str(path)]
    done = 0

    def follow(line: str) -> None:
        nonlocal done
        for _, amount in _LOADED.findall(line):
            progress("writing", done, size)
            done = min(done + int(amount, 16), size)

    endless = FlashError(f"gdb did not end in {_SECONDS:.0f} s")
    finished = Processes().follow(command, seconds=_SECONDS, line=follow, endless=endless)
    progress("writing and reading back", size, size)
    return finished.text


def _last_lines(output: str) -> str:
    return "\n".join(output.strip().splitlines()[-4:]) or "no answer"
