"""Strict compilers find nothing in the generated C, compiled alone, and in its header."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from support.commands import ROOT
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
