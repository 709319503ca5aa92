"""Counts with QEMU, which loads `firmware_templates/profile/count_blocks.c` as a plugin."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Final

from cbcnn_codegen.errors import BuildError
from cbcnn_codegen.locate_firmware import firmware_path
from cbcnn_codegen.profile.flow import OUTSIDE, Block, Edge, Flow
from cbcnn_codegen.profile.program import Program
from cbcnn_codegen.profile.unicorn_counter import CountedRun
from cbcnn_codegen.targets import Emulator
from cbcnn_codegen.tools import find_tool, run_tool
from cbcnn_codegen.verify.build import run_compiler
from cbcnn_codegen.verify.emulate import qemu_command
from cbcnn_codegen.verify.harness import run_error
from cbcnn_inputs.compilers import find_compiler
from cbcnn_inputs.systems import shared_library

_SECONDS: Final = 300
_FIRST_VERSION_2: Final = 9
"""Since QEMU 9.0 plugins have interface version 2; this plugin uses what both have."""


def count_with_qemu(program: Program, data: bytes) -> CountedRun:
    """Run the program on `data`, the harness's input, and count its first call of the model.

    Raises:
        MissingToolError: QEMU or the compiler of this machine is not installed.
        BuildError: the program does not run to its end, or QEMU takes no plugin.
    """
    folder = program.path.parent
    name, version = _version(program.emulator)
    plugin = _build_plugin(folder, version)
    (folder / "input.bin").write_bytes(data)
    counts = folder / "blocks.txt"
    what = f"{program.target.name} on {program.emulator.machine}"
    command = [
        *qemu_command(program.emulator, program.path),
        *("-plugin", _plugin_option(program, plugin, counts)),
    ]
    endless = BuildError(f"{what}: not at its end after {_SECONDS} s")
    result = run_tool(command, seconds=_SECONDS, folder=folder, endless=endless)
    if result.code != 0:
        raise run_error(what, result.code, result.messages)
    edges = _read_counts(counts.read_text(encoding="ascii"), program)
    return CountedRun(Flow(name, edges), (folder / "output.bin").read_bytes())


def _version(emulator: Emulator) -> tuple[str, int]:
    """Name and version in words, and the first number of the version."""
    tool = find_tool(emulator.program, emulator.package)
    result = run_tool([tool, "--version"], seconds=_SECONDS)
    found = re.search(r"version (\d+)[\d.]*", result.text)
    if found is None:
        raise BuildError(f"{emulator.program} does not tell its version", found=result.text[:200])
    return f"QEMU {found[0].removeprefix('version ')}", int(found[1])


def _build_plugin(folder: Path, version: int) -> Path:
    library = shared_library()
    plugin = folder / f"count_blocks{library.suffix}"
    interface = 2 if version >= _FIRST_VERSION_2 else 1
    compiler = [*find_compiler().command, "-std=c99", "-O2", *library.flags]
    source = str(firmware_path("profile", "count_blocks.c"))
    define = f"-DPLUGIN_VERSION={interface}"
    run_compiler("plugin for QEMU", [*compiler, define, source, "-o", str(plugin)])
    return plugin


def _plugin_option(program: Program, plugin: Path, counts: Path) -> str:
    ranges = [("top", where) for where in program.forward]
    ranges += [("outside", where) for where in program.outside]
    return ",".join(
        [
            str(plugin).replace(",", ",,"),
            f"entry={program.entry:x}",
            *(f"{name}={where.start:x}-{where.stop:x}" for name, where in ranges),
            f"output={counts.name}",
        ]
    )


def _read_counts(text: str, program: Program) -> dict[Edge, int]:
    """The plugin's output; a block that was translated twice has several lines.

    It gives the number of instructions, because QEMU counts two bytes too many for some blocks.
    """
    sizes: dict[tuple[int, int], Block] = {}
    edges: Counter[Edge] = Counter()
    for line in text.splitlines():
        numbers = [int(number) for number in line.split()]
        pairs = [(numbers[i], numbers[i + 1]) for i in (0, 2, 4)]
        for pair in pairs:
            if pair not in sizes:
                sizes[pair] = _block(program, *pair)
        edges[Edge(*(sizes[pair] for pair in pairs))] += numbers[6]
    if not edges:
        raise BuildError("QEMU has counted nothing", suggestion="cbcnn-profile --counter unicorn")
    return dict(edges)


def _block(program: Program, address: int, instructions: int) -> Block:
    """The block of so many instructions, `OUTSIDE` for none."""
    if not instructions:
        return OUTSIDE
    lengths = program.lengths(program.read_on(address))
    return Block(address, sum(islice(lengths, instructions)))
