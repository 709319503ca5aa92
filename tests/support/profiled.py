"""Code that is profiled, and what counters saw of it."""

from __future__ import annotations

import subprocess
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from cbcnn_codegen.locate_firmware import firmware_path
from cbcnn_codegen.profile.flow import OUTSIDE, Flow
from cbcnn_codegen.profile.program import Program, read_program
from cbcnn_codegen.targets import Target
from cbcnn_codegen.verify.project import Project
from support.tools import require_module, require_tool


def require_profiler(target: Target, *, qemu: bool = False) -> None:
    """Skip, or fail under CI, when the target's compiler or an emulator is missing."""
    assert target.emulator is not None
    require_tool(target.compiler[0], target.toolchain.packages)
    if qemu:
        require_tool(target.emulator.program, target.emulator.package)
        require_tool("gcc", "gcc")
    for module in ("capstone", "elftools", "unicorn"):
        require_module(module, "profile")


def assemble(source: Path, target: Target, folder: Path, *defines: str) -> Program:
    """Assemble and link a file that defines `tiny_run`, `tiny_forward`, `main` and a start."""
    assert target.emulator is not None
    emulator = target.emulator
    assert emulator is not None
    path = folder / "small.elf"
    regions = {"code": emulator.flash, "ram": emulator.ram}
    symbols = [
        f"-Wl,--defsym={name}_{key}={value:#x}"
        for name, region in regions.items()
        for key, value in zip(("origin", "length"), region, strict=True)
    ]
    script = str(firmware_path("harness", "bare_machine.ld"))
    command = [*target.compiler, *target.flags, *defines, "-nostdlib", "-T", script, *symbols]
    subprocess.run([*command, str(source), "-o", str(path)], check=True, capture_output=True)
    project = cast(Project, SimpleNamespace(prefix="tiny"))
    return read_program(path, project, target, emulator)


def count_all(flow: Flow, program: Program) -> int:
    """Instructions of a whole run, added up without the code under test."""
    return sum(
        times * len(list(program.lengths(program.code(edge.block))))
        for edge, times in flow.edges.items()
        if edge.block != OUTSIDE
    )


def jumps_and_instructions(flow: Flow, program: Program) -> tuple[Counter[Any], Counter[Any]]:
    """How often each jump was taken and each instruction ran, by the caller in the model.

    Emulators cut instructions that follow each other into blocks as they like, long ones above
    all; falling from one of these blocks into the next is no jump.
    """
    jumps: Counter[Any] = Counter()
    instructions: Counter[Any] = Counter()
    for edge, times in flow.edges.items():
        caller = edge.context.end
        if edge.source.end != edge.block.address:
            jumps[caller, edge.source.end, edge.block.address] += times
        if edge.block == OUTSIDE:
            continue
        address = edge.block.address
        for length in program.lengths(program.code(edge.block)):
            instructions[caller, address] += times
            address += length
    return jumps, instructions


def code_bytes(target: Target, source: Path, folder: Path, *flags: str) -> bytes:
    """The code section that the target's compiler makes of one file."""
    objects, code = folder / "out.o", folder / "out.bin"
    library = [*target.library_flags, "-std=c99", *flags]
    command: list[Any] = [*target.compiler, *target.flags, *target.optimise, *library]
    subprocess.run([*command, "-c", source, "-o", objects], check=True, capture_output=True)
    copy = target.tool("objcopy")
    only = ["-O", "binary", "-j", ".text"]
    subprocess.run([copy, *only, objects, code], check=True, capture_output=True)
    return code.read_bytes()
