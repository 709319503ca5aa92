"""Sizes of networks on chips without firmware, by the compilers that people have for them.

`python -m benchmarks.chips` measures and writes them. Xtensa's compiler comes without a C library:
`freestanding/string.h` declares the four functions that generated C takes of one.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from benchmarks.cases import FOLDER, ROOT
from benchmarks.tables import table
from cbcnn_codegen.generation import Request, generate
from cbcnn_codegen.measure import Measured, measure_sources
from cbcnn_codegen.options import Optimize
from cbcnn_codegen.targets import Target, Toolchain, find_target, target_for
from cbcnn_codegen.verify.project import Project, read_project

STORED: Final = FOLDER / "chip_sizes.json"
STRING_H: Final = FOLDER / "freestanding" / "string.h"
START: Final = "<!-- sizes, written by python -m benchmarks.chips -->\n"
END: Final = "<!-- end of sizes -->\n"

XTENSA: Final = Toolchain("xtensa-lx106-elf-", "gcc-xtensa-lx106", "binutils-xtensa-lx106")


@dataclass(frozen=True)
class SizeCase:
    """A network for a chip.

    Attributes:
        chip: in words.
        toolchain: that makes code of the target for the chip, where it is not the target's own.
    """

    chip: str
    target: str
    model: str
    optimize: Optimize
    toolchain: Toolchain | None = None

    @property
    def name(self) -> str:
        """Short and unique."""
        return f"{self.chip}, {self.model}, {self.optimize}"

    @property
    def compiled_for(self) -> Target:
        """The target, with the chip's compiler."""
        target = target_for(find_target(self.target), self.optimize)
        if self.toolchain is None:
            return target
        compiler = f"{self.toolchain.prefix}gcc"
        flags = ("-ffreestanding", "-isystem", ".")
        return replace(target, compiler=(compiler,), toolchain=self.toolchain, flags=flags)


@dataclass(frozen=True)
class SizeRow:
    """What was measured, in bytes."""

    name: str
    compiler: str
    code: int
    weights: int
    constants: int
    arena: int
    stack: int


_ESP: Final = "ESP8266 (Xtensa LX106)"
CASES: Final = (
    SizeCase(_ESP, "portable", "mnist-small", "balanced", XTENSA),
    SizeCase(_ESP, "portable", "mnist-small", "size", XTENSA),
    SizeCase(_ESP, "portable", "gtsrb", "balanced", XTENSA),
    SizeCase("ESP32-C3 (RV32IMC)", "rv32imc", "mnist-small", "balanced"),
    SizeCase("ESP32-C3 (RV32IMC)", "rv32imc", "gtsrb", "balanced"),
    SizeCase("CH32V003 (RV32EC)", "rv32ec", "mnist-small", "size"),
    SizeCase("Raspberry Pi (AArch64)", "aarch64", "mnist-small", "balanced"),
    SizeCase("Raspberry Pi (AArch64)", "aarch64", "gtsrb", "balanced"),
)


def measure_size(case: SizeCase) -> SizeRow:
    """Generate and compile one case."""
    with tempfile.TemporaryDirectory(prefix="cbcnn-chips-") as name:
        folder = Path(name)
        model = ROOT / "examples" / "models" / case.model / "model.h5"
        request = Request(
            model=model, target=case.target, optimize=case.optimize, name="net", measure=False
        )
        generate(request).write(folder)
        project = read_project(folder)
        measured = measure_project(project, case.compiled_for)
    return SizeRow(
        case.name,
        measured.compiler,
        measured.code_bytes,
        measured.weights_bytes,
        measured.constants_bytes + measured.static_bytes,
        project.ram_bytes.arena,
        measured.stack_bytes,
    )


def measure_project(project: Project, target: Target) -> Measured:
    """Sizes of generated code by a compiler that may have no C library."""
    files = (*project.code, project.header)
    texts = {name: (project.folder / name).read_text(encoding="utf-8") for name in files}
    if "-ffreestanding" in target.flags:
        texts[STRING_H.name] = STRING_H.read_text(encoding="utf-8")
    measured = measure_sources(target, project.name, texts)
    assert measured is not None, f"{target.compiler[0]} is not installed"
    return measured


def load_sizes() -> dict[str, SizeRow]:
    """The rows of `chip_sizes.json`, by name."""
    rows = json.loads(STORED.read_text(encoding="utf-8"))["rows"]
    return {row["name"]: SizeRow(**row) for row in rows}


def store_sizes(rows: Mapping[str, SizeRow]) -> None:
    """Write `chip_sizes.json`, in the order of `CASES`."""
    kept = [asdict(rows[case.name]) for case in CASES]
    STORED.write_text(json.dumps({"rows": kept}, indent=1) + "\n", encoding="utf-8")


def render_sizes(rows: Mapping[str, SizeRow]) -> str:
    """The rows as Markdown, in the order of `CASES`."""
    heads = ["chip", "target", "network", "mode", "compiler"]
    heads += ["flash", "code", "weights", "constants", "arena", "stack"]
    return table(heads, (_cells(case, rows[case.name]) for case in CASES), text_columns=5)


def _cells(case: SizeCase, row: SizeRow) -> list[str]:
    flash = row.code + row.weights + row.constants
    numbers = (flash, row.code, row.weights, row.constants, row.arena, row.stack)
    words = [case.chip, f"`{case.target}`", f"`{case.model}`", case.optimize, f"`{row.compiler}`"]
    return [*words, *(f"{number:,}" for number in numbers)]
