"""The build files of `--project` build, as a user's own project would use them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from cbcnn_codegen.generation import Request, generate
from support.commands import SIGNS
from support.tools import require_tool

MAIN = """
#include "net.h"
static uint64_t arena[NET_ARENA_BYTES / 8 + 1];
static int8_t plane[NET_IMAGE_BYTES];
int main(void)
{
    return net_classify(plane, arena) < NET_CLASSES ? 0 : 1;
}
"""
USER_PROJECT = """
cmake_minimum_required(VERSION 3.13)
project(user C)
add_subdirectory(net)
add_executable(user main.c)
target_link_libraries(user net)
"""


def write_net(folder: Path, project: str, target: str, *, split: bool = False) -> Path:
    request = Request(
        model=SIGNS / "model.h5",
        target=target,
        name="net",
        project=project,  # type: ignore[arg-type]
        split_weights=split,
        measure=False,
    )
    generate(request).write(folder / "net")
    (folder / "main.c").write_text(MAIN)
    return folder / "net"


def run(*command: str | Path, folder: Path) -> str:
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, (result.stdout + result.stderr)[-2000:]
    assert "warning" not in result.stderr, result.stderr
    return result.stdout


@pytest.mark.parametrize("split", [False, True])
def test_a_cmake_project_adds_the_model_as_a_library(split: bool, tmp_path: Path) -> None:
    require_tool("cmake", "cmake")
    write_net(tmp_path, "cmake", "host", split=split)
    (tmp_path / "CMakeLists.txt").write_text(USER_PROJECT)
    run("cmake", "-S", ".", "-B", "build", folder=tmp_path)
    run("cmake", "--build", "build", folder=tmp_path)
    run("build/user", folder=tmp_path)


def test_a_cmake_project_is_cross_compiled(tmp_path: Path) -> None:
    require_tool("cmake", "cmake")
    require_tool("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    net = write_net(tmp_path, "cmake", "cortex-m4")
    toolchain = tmp_path / "arm.cmake"
    toolchain.write_text(
        "set(CMAKE_SYSTEM_NAME Generic)\nset(CMAKE_C_COMPILER arm-none-eabi-gcc)\n"
        "set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)\n"
    )
    run("cmake", f"-DCMAKE_TOOLCHAIN_FILE={toolchain}", "-B", "build", folder=net)
    run("cmake", "--build", "build", folder=net)
    attributes = run("arm-none-eabi-readelf", "-A", "build/libnet.a", folder=net)
    assert 'Tag_CPU_name: "7E-M"' in attributes or "Cortex-M4" in attributes


@pytest.mark.parametrize(
    ("target", "compiler", "package"),
    [
        ("host", "gcc", "gcc"),
        ("cortex-m0", "arm-none-eabi-gcc", "gcc-arm-none-eabi"),
        ("rv32imac", "riscv64-unknown-elf-gcc", "gcc-riscv64-unknown-elf"),
    ],
)
@pytest.mark.parametrize("split", [False, True])
def test_a_makefile_builds_the_library_and_knows_what_it_depends_on(
    target: str, compiler: str, package: str, split: bool, tmp_path: Path
) -> None:
    require_tool("make", "make")
    require_tool(compiler, package)
    net = write_net(tmp_path, "make", target, split=split)
    run("make", folder=net)
    assert "up to date" in run("make", folder=net)
    for name in {"net.c", "net.h", *(["net_weights.h"] if split else [])}:
        (net / name).touch()
        assert compiler in run("make", folder=net)
    if target == "host":
        run("gcc", "-Inet", "main.c", "net/libnet.a", "-o", "user", folder=tmp_path)
        run("./user", folder=tmp_path)
    run("make", "clean", folder=net)
    assert not list(net.glob("*.[oa]"))
