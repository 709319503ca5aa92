"""Strict compilers find nothing in the generated C, compiled alone, and in its header."""

from __future__ import annotations

import itertools
import subprocess
from pathlib import Path

import pytest

from cbcnn_codegen.options import MODES, Optimize
from cbcnn_codegen.targets import TARGETS
from support.commands import ROOT
from support.complete import COMPLETE
from support.generated import generate_code
from support.tools import require_tool

REAL = ROOT / "tests" / "read" / "data" / "tf2.12"
MODELS = {
    "compressed": ROOT / "tests" / "golden" / "compressed.h5",
    "sequential": REAL / "sequential.h5",
    "nested": REAL / "nested.h5",
}
GCC = [
    *("-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wundef", "-Wshadow"),
    *("-Wcast-align=strict", "-Wcast-qual", "-Wdouble-promotion", "-Wstrict-prototypes"),
    *("-Wvla", "-Wswitch-enum", "-Waggregate-return"),
]
CLANG = [
    *("-std=c99", "-Weverything", "-Wno-padded", "-Wno-declaration-after-statement"),
    "-Wno-float-equal",
]
BESIDE = {"armv6m": "-Wno-overlength-strings", "mve": "-Wno-used-but-marked-unused"}
"""A fourth, by the kernels; docs/misra.md says why."""

CPP = ["-std=c++17", "-Wall", "-Wextra", "-Wpedantic", "-Wold-style-cast", "-x", "c++"]
ARM = ["-mcpu=cortex-m4", "-mthumb"]
CLANG_FOR_ARM = [
    *("--target=arm-none-eabi", "-mfloat-abi=soft", "-ffreestanding", "-nostdlibinc"),
    *("-isystem", "/usr/include/newlib", "-isystem", "/usr/lib/arm-none-eabi/include"),
]


def compile_alone(source: Path, *command: str) -> None:
    line = [*command, "-Werror", "-fsyntax-only", str(source)]
    result = subprocess.run(line, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize(
    ("model", "optimize"), [("compressed", "size"), ("sequential", "speed"), ("nested", "speed")]
)
def test_the_c_and_its_header_are_clean_on_this_machine(
    model: str, optimize: str, tmp_path: Path
) -> None:
    require_tool("clang", "clang")
    project = generate_code(MODELS[model], tmp_path, "host", name="net", optimize=optimize)
    compile_alone(tmp_path / project.sources[0], "gcc", *GCC)
    compile_alone(tmp_path / project.sources[0], "clang", *CLANG)
    for compiler in ("g++", "clang++"):
        compile_alone(tmp_path / project.header, compiler, *CPP)


@pytest.mark.parametrize("model", MODELS)
def test_the_c_for_arm_is_clean_with_its_assembly_and_without(model: str, tmp_path: Path) -> None:
    """This machine's compilers take the C beside the assembly, and need none of its macros."""
    require_tool("clang", "clang")
    require_tool("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    project = generate_code(MODELS[model], tmp_path, "cortex-m4", name="net", optimize="speed")
    source = tmp_path / project.sources[0]
    compile_alone(source, "arm-none-eabi-gcc", *ARM, *GCC)
    compile_alone(source, "clang", *ARM, *CLANG_FOR_ARM, *CLANG)
    compile_alone(source, "clang", "-std=c99", "-Wall", "-Wextra", "-Wpedantic")


def cases(index: int) -> list[tuple[str, Optimize]]:
    """Networks and modes for a target: all together, or a part of them that differs by target."""
    every = list(itertools.product(MODELS, MODES))
    return every if COMPLETE else [every[(5 * index) % len(every)]]


@pytest.mark.parametrize("index", range(len(TARGETS)), ids=[target.name for target in TARGETS])
def test_clang_takes_the_file_of_every_target_alone(index: int, tmp_path: Path) -> None:
    """Clang reports unused helpers of a file that is compiled by itself, whatever the mode."""
    require_tool("clang", "clang")
    target = TARGETS[index]
    core = next((flag for flag in target.flags if flag.startswith("-mcpu=cortex-m")), None)
    for model, optimize in cases(index):
        folder = tmp_path / f"{model}-{optimize}"
        project = generate_code(MODELS[model], folder, target.name, name="net", optimize=optimize)
        source = folder / project.sources[0]
        compile_alone(source, "clang", "-std=c99", "-Wall", "-Wextra", "-Wpedantic")
        compile_alone(folder / project.header, "clang++", *CPP)
        if core is not None:
            extra = [flag for isa, flag in BESIDE.items() if isa in target.isas]
            compile_alone(source, "clang", core, "-mthumb", *CLANG_FOR_ARM, *CLANG, *extra)


def test_the_instructions_of_every_vector_unit_are_clean(tmp_path: Path) -> None:
    """This machine need not have them: nothing is run."""
    require_tool("clang", "clang")
    for name, model in MODELS.items():
        folder = tmp_path / name
        project = generate_code(model, folder, "host", name="net", optimize="speed")
        for machine in ("x86-64", "x86-64-v3", "x86-64-v4"):
            source = folder / project.sources[0]
            compile_alone(source, "clang", f"-march={machine}", *CLANG)
