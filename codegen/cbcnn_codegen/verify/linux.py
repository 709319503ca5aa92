"""Runs generated code as a program of Linux for another processor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from cbcnn_codegen.targets import LinuxEmulator, Target
from cbcnn_codegen.tools import Processes, find_tool
from cbcnn_codegen.verify.build import ModelBuild, harness_sources, target_compiler
from cbcnn_codegen.verify.chip import EmulatedRun
from cbcnn_codegen.verify.data import Samples
from cbcnn_codegen.verify.harness import run_program
from cbcnn_codegen.verify.project import Project


def run_on_linux(
    project: Project,
    target: Target,
    linux: LinuxEmulator,
    kinds: Sequence[Samples],
    folder: Path,
    processes: Processes | None,
) -> Iterator[EmulatedRun]:
    """Run the code: once as it ships, once with its layers shown. The stack is not told.

    Raises:
        MissingToolError: the compiler or the emulator is not installed.
        BuildError: the code does not compile silently or does not run to its end.
    """
    emulator = [find_tool(linux.program, linux.package)]
    for traced in (False, True):
        name = f"{target.name} in {linux.program}{'' if traced else ', separate object'}"
        own = folder / f"emulated{int(traced)}"
        own.mkdir()
        model = ModelBuild(target.name, target_compiler(target), project, own, traced=traced)
        program = model.link(harness_sources("io_stdio.c"), ["-static"], processes)
        for kind, samples in enumerate(kinds):
            named = f"{name}, {samples.description}" if kind else name
            count = len(samples) if traced else 0
            outputs = run_program(named, project, program, samples, count, processes, emulator)
            yield EmulatedRun(named, kind, traced, outputs)
