"""Clang for Arm compiles what is generated, with the loops in registers or their C bodies."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

import pytest

from cbcnn_codegen.targets import TARGETS, Target, find_target
from support.commands import SIGNS
from support.generated import generate_code
from support.tools import require_tool

ARM = [target for target in TARGETS if target.compiler == ("arm-none-eabi-gcc",)]
MODEL = SIGNS / "model.h5"


@cache
def newlib() -> Path:
    """The folder of the C library's headers, by the name that GCC gives to one of them."""
    gcc, header = find_target("cortex-m4").compiler[0], "string.h"
    command = [gcc, "--specs=nano.specs", "-M", "-x", "c", "-"]
    source = f"#include <{header}>\n"
    result = subprocess.run(command, input=source, capture_output=True, text=True, check=True)
    return next(Path(word).parent for word in result.stdout.split() if word.endswith(f"/{header}"))


@pytest.mark.parametrize("optimise", ["-O0", "-O2", "-Os"])
@pytest.mark.parametrize("target", ARM, ids=lambda target: target.name)
def test_clang_compiles_the_code_for_every_cortex_m(
    target: Target, optimise: str, tmp_path: Path
) -> None:
    require_tool("clang", "clang")
    require_tool(target.compiler[0], target.toolchain.packages)
    project = generate_code(MODEL, tmp_path, target.name, name="signs", optimize="speed")
    kernels = {layer.kernel for layer in project.layers}
    assert {"conv_bucket_b1_b1", "conv_distinct_plane_b1"} <= kernels
    # GCC alone takes unused inline functions of a source file for those of a header.
    warnings = ["-Wall", "-Wextra", "-Werror", "-Wno-unused-function"]
    flags = ["--target=arm-none-eabi", *target.flags, "-std=c99", optimise, *warnings]
    command = ["clang", *flags, "-isystem", str(newlib()), "-c", project.sources[0], "-o", "out.o"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
