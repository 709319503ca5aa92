"""Runs generated code for another processor in an emulator, with the harness that the host uses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from cbcnn_codegen.errors import UsageError
from cbcnn_codegen.locate_firmware import firmware_path
from cbcnn_codegen.targets import Emulator, Target, find_target, target_for
from cbcnn_codegen.tools import Processes, find_tool
from cbcnn_codegen.verify.build import ModelBuild, harness_sources, target_compiler
from cbcnn_codegen.verify.chip import EmulatedRun, run_on_chip, seconds_for
from cbcnn_codegen.verify.data import Samples
from cbcnn_codegen.verify.harness import (
    Outputs,
    decode_output,
    encode_input,
    endless_error,
    run_error,
)
from cbcnn_codegen.verify.linux import run_on_linux
from cbcnn_codegen.verify.project import Project

IMAGES: Final = 8
"""An emulated processor is slow; its code is the same for every image."""

FRAMES: Final = 2
"""Of a camera."""


def run_target(
    project: Project,
    kinds: Sequence[Samples],
    folder: Path,
    processes: Processes | None = None,
) -> Iterator[EmulatedRun]:
    """Run the code for its own target: once as it ships, once with its layers shown.

    Args:
        project: the code.
        kinds: images, each kind run by itself; behind the first come frames of a camera.
        folder: for programs.
        processes: that compilers and emulators belong to.

    Raises:
        UsageError: the target has no emulator.
        MissingToolError: the compiler or the emulator is not installed.
        BuildError: the code does not compile silently or does not run to its end.
    """
    target = target_for(find_target(project.target, project.word_bits), project.options.optimize)
    if target.chip is not None:
        yield from run_on_chip(project, target, target.chip, kinds, folder, processes)
        return
    if target.linux is not None:
        yield from run_on_linux(project, target, target.linux, kinds, folder, processes)
        return
    emulator = target.emulator
    if emulator is None:
        raise UsageError(
            f"target {target.name} has no emulator",
            allowed="code for a processor that is emulated",
            suggestion="leave --emulate away: the code is run on this machine anyway",
        )
    for traced in (False, True):
        suffix = "" if traced else ", separate object"
        name = f"{target.name} on {emulator.machine}{suffix}"
        own = folder / f"emulated{int(traced)}"
        own.mkdir()
        program = compile_for_target(project, target, emulator, own, traced=traced)
        for kind, samples in enumerate(kinds):
            named = f"{name}, {samples.description}" if kind else name
            outputs = run_in_emulator(
                named, project, emulator, program, samples, traced=traced, processes=processes
            )
            yield EmulatedRun(named, kind, traced, outputs)


def compile_for_target(
    project: Project, target: Target, emulator: Emulator, folder: Path, *, traced: bool
) -> Path:
    """Build the model with the target's own flags and link it with the harness."""
    what = f"{target.name} {target.compiler[0]}"
    model = ModelBuild(what, target_compiler(target), project, folder, traced=traced)
    return model.link(
        harness_sources("io_semihosting.c"),
        ["-nostartfiles", *_memory(emulator), *target.link_flags],
    )


def _memory(emulator: Emulator) -> list[str]:
    """The linker script with the machine's memory filled in."""
    regions = {"code": emulator.flash, "ram": emulator.ram}
    symbols = [
        f"-Wl,--defsym={name}_{key}={value:#x}"
        for name, region in regions.items()
        for key, value in zip(("origin", "length"), region, strict=True)
    ]
    script = firmware_path("harness", "bare_machine.ld")
    return ["-T", str(script), "-Wl,--gc-sections", "-Wl,--fatal-warnings", *symbols]


def run_in_emulator(
    what: str,
    project: Project,
    emulator: Emulator,
    program: Path,
    samples: Samples,
    *,
    traced: bool,
    processes: Processes | None = None,
) -> Outputs:
    """Run a program in QEMU, in the program's folder, and decode what it wrote."""
    folder = program.parent
    count = len(samples) if traced else 0
    (folder / "input.bin").write_bytes(encode_input(samples, count))
    limit = seconds_for(samples)
    command = qemu_command(emulator, program)
    endless = endless_error(what, samples, limit)
    run = (processes or Processes()).run
    finished = run(command, seconds=limit, folder=folder, endless=endless)
    if finished.code != 0:
        raise run_error(what, finished.code, finished.messages)
    output = folder / "output.bin"
    return decode_output(what, project, samples, count, output.read_bytes())


def qemu_command(emulator: Emulator, program: Path) -> list[str]:
    """QEMU without a screen, with the files of its working directory open to the program."""
    return [
        find_tool(emulator.program, emulator.package),
        *("-machine", emulator.machine, *emulator.options),
        *("-display", "none", "-serial", "none", "-monitor", "none"),
        *("-semihosting-config", "enable=on,target=native"),
        *("-kernel", str(program)),
    ]
