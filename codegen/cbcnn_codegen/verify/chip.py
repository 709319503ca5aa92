"""Runs generated code on a chip of simavr, which counts every cycle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from cbcnn_codegen.errors import BuildError, MissingToolError
from cbcnn_codegen.locate_firmware import firmware_path
from cbcnn_codegen.targets import SimulatedChip, Target
from cbcnn_codegen.tools import Processes
from cbcnn_codegen.verify.build import (
    ModelBuild,
    harness_sources,
    run_compiler,
    target_compiler,
)
from cbcnn_codegen.verify.data import Samples
from cbcnn_codegen.verify.harness import (
    Outputs,
    decode_output,
    encode_input,
    endless_error,
    run_error,
)
from cbcnn_codegen.verify.project import Project
from cbcnn_inputs.compilers import find_compiler

HEADERS: Final = Path("/usr/include/simavr")
SECONDS_TO_START: Final = 60.0
SECONDS_PER_IMAGE: Final = 30.0


class EmulatedRun(NamedTuple):
    """One build in the emulator.

    Attributes:
        kind: place of the images among those that were to be run.
        cycles: that `run` took for each image; empty where the emulator has none.
    """

    name: str
    kind: int
    traced: bool
    outputs: Outputs
    cycles: tuple[int, ...] = ()


def seconds_for(samples: Samples) -> float:
    """Time after which an emulated run is given up."""
    return SECONDS_TO_START + SECONDS_PER_IMAGE * len(samples)


def build_chip(folder: Path) -> Path:
    """The program that is a chip: `firmware_templates/simavr/chip.c` with libsimavr.

    Raises:
        MissingToolError: no compiler of this machine, or no libsimavr.
    """
    if not HEADERS.is_dir():
        raise MissingToolError(
            "libsimavr is not installed",
            found=f"no {HEADERS}",
            suggestion="apt-get install libsimavr-dev",
        )
    program = folder / "chip"
    flags = ["-std=c11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-isystem", str(HEADERS)]
    source = str(firmware_path("simavr", "chip.c"))
    compiler = find_compiler().command
    run_compiler("chip", [*compiler, *flags, source, "-o", str(program), "-lsimavr"])
    return program


def chip_command(program: Path, chip: SimulatedChip, firmware: Path) -> list[str]:
    """Run firmware on a chip that `build_chip` has built."""
    numbers = (chip.hertz, chip.last_flash, chip.last_ram)
    return [str(program), str(firmware), chip.core, *map(str, numbers)]


def run_on_chip(
    project: Project,
    target: Target,
    chip: SimulatedChip,
    kinds: Sequence[Samples],
    folder: Path,
    processes: Processes | None,
) -> Iterator[EmulatedRun]:
    """Run the code: once as it ships, once with its layers shown.

    Raises:
        MissingToolError: the compiler or the emulator is not installed.
        BuildError: the code does not compile silently or does not run to its end.
    """
    program = build_chip(folder)
    for traced in (False, True):
        name = f"{target.name} in simavr{'' if traced else ', separate object'}"
        own = folder / f"emulated{int(traced)}"
        own.mkdir()
        model = ModelBuild(target.name, target_compiler(target), project, own, traced=traced)
        last = ["-Wl,--gc-sections", f"-Wl,--defsym=__stack={chip.last_ram:#x}", *_REGION]
        firmware = model.link(harness_sources("io_simavr.c"), [*last, *target.link_flags])
        command = chip_command(program, chip, firmware)
        for kind, samples in enumerate(kinds):
            named = f"{name}, {samples.description}" if kind else name
            outputs = _run(named, project, command, samples, own, traced, processes)
            cycles = read_cycles((own / "marks.txt").read_text(encoding="ascii"))
            yield EmulatedRun(named, kind, traced, outputs, () if traced else cycles)


def _run(
    what: str,
    project: Project,
    command: Sequence[str],
    samples: Samples,
    folder: Path,
    traced: bool,
    processes: Processes | None,
) -> Outputs:
    count = len(samples) if traced else 0
    (folder / "input.bin").write_bytes(encode_input(samples, count))
    limit = seconds_for(samples)
    finished = (processes or Processes()).run(
        command, seconds=limit, folder=folder, endless=endless_error(what, samples, limit)
    )
    if finished.code != 0:
        raise run_error(what, finished.code, finished.messages)
    return decode_output(what, project, samples, count, (folder / "output.bin").read_bytes())


_REGION: Final = (
    f"-Wl,--defsym=__TEXT_REGION_LENGTH__={1 << 20:#x}",
    f"-Wl,--defsym=__DATA_REGION_LENGTH__={0xFE00:#x}",
)
"""More memory than the chip has; linker scripts of other versions do not ask for it."""

_STARTED: Final = "1"
_ENDED: Final = "2"


def read_cycles(marks: str) -> tuple[int, ...]:
    """Cycles between the two marks of each run; see `harness/io_simavr.c`.

    Raises:
        BuildError: marks that do not come in pairs.
    """
    rows = [line.split() for line in marks.splitlines()]
    names = [name for name, _ in rows]
    if names != [_STARTED, _ENDED] * (len(rows) // 2):
        raise BuildError("the chip's marks do not come in pairs", found=" ".join(names[:20]))
    times = [int(cycles) for _, cycles in rows]
    return tuple(end - start for start, end in zip(times[::2], times[1::2], strict=True))
