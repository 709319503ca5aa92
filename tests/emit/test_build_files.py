"""The build files of `--project` build, as a user's own project would use them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cbcnn_codegen.projects import parse_forms
from cbcnn_codegen.verify.project import read_project
from cbcnn_inputs.errors import UsageError
from support.tools import require_tool
from support.user_projects import run, write_net

CPP_MAIN = """
#include "net.h"
#include "other.h"
#include <algorithm>
#include <cstdint>
static std::uint64_t arena[std::max(NET_ARENA_BYTES, OTHER_ARENA_BYTES) / 8 + 1];
static std::int8_t plane[NET_IMAGE_BYTES];
int main()
{
    const std::size_t answer = net_classify(plane, arena);
    return answer == other_classify(plane, arena) ? 0 : 1;
}
"""
JOINS = {
    "add_subdirectory": "add_subdirectory({name})\n",
    "FetchContent": "include(FetchContent)\n"
    "FetchContent_Declare({name} SOURCE_DIR ${{CMAKE_CURRENT_SOURCE_DIR}}/{name})\n"
    "FetchContent_MakeAvailable({name})\n",
    "find_package": "find_package({name} CONFIG REQUIRED)\n",
}
"""How a project of a user finds the library."""


@pytest.mark.parametrize(
    ("join", "language", "target"),
    [
        ("add_subdirectory", "C", "cortex-m4"),
        ("find_package", "C", "cortex-m4"),
        ("add_subdirectory", "CXX", "host"),
        ("FetchContent", "CXX", "host"),
        ("find_package", "CXX", "host"),
    ],
)
def test_two_models_join_a_project_of_cmake_in_every_way(
    join: str, language: str, target: str, tmp_path: Path
) -> None:
    """The C is for another processor than this one: the parent's flags alone choose that."""
    require_tool("cmake", "cmake")
    names = ("net",) if language == "C" else ("net", "other")
    for name in names:
        net = write_net(tmp_path, "cmake", target, name=name, split_weights=name == "net")
        if join == "find_package":
            run("cmake", "-B", "build", f"-DCMAKE_INSTALL_PREFIX={tmp_path}/installed", folder=net)
            run("cmake", "--build", "build", "--target", "install", folder=net)
    (tmp_path / "main.cpp").write_text(CPP_MAIN)
    main = "main.c" if language == "C" else "main.cpp"
    (tmp_path / "CMakeLists.txt").write_text(
        f"cmake_minimum_required(VERSION 3.14)\nproject(user LANGUAGES {language})\n"
        + "".join(JOINS[join].format(name=name) for name in names)
        + f"add_executable(user {main})\n"
        + "".join(f"target_link_libraries(user cbcnn::{name})\n" for name in names)
    )
    run("cmake", "-B", "build", f"-DCMAKE_PREFIX_PATH={tmp_path}/installed", folder=tmp_path)
    run("cmake", "--build", "build", folder=tmp_path)
    run("build/user", folder=tmp_path)


@pytest.mark.parametrize(("floats", "passed"), [("hard", True), ("softfp", False), ("soft", False)])
def test_a_parent_chooses_how_floats_are_passed(floats: str, passed: bool, tmp_path: Path) -> None:
    require_tool("cmake", "cmake")
    require_tool("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    net = write_net(tmp_path, "cmake", "cortex-m4")
    unit = "" if floats == "soft" else " -mfpu=fpv4-sp-d16"
    toolchain = tmp_path / "arm.cmake"
    toolchain.write_text(
        "set(CMAKE_SYSTEM_NAME Generic)\nset(CMAKE_C_COMPILER arm-none-eabi-gcc)\n"
        "set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)\n"
        f'set(CMAKE_C_FLAGS_INIT "-mcpu=cortex-m4 -mthumb -mfloat-abi={floats}{unit}")\n'
    )
    run("cmake", f"-DCMAKE_TOOLCHAIN_FILE={toolchain}", "-B", "build", folder=net)
    run("cmake", "--build", "build", folder=net)
    attributes = run("arm-none-eabi-readelf", "-A", "build/libnet.a", folder=net)
    assert 'Tag_CPU_name: "7E-M"' in attributes or "Cortex-M4" in attributes
    assert ("Tag_ABI_VFP_args: VFP registers" in attributes) is passed


def test_a_form_that_there_is_none_is_refused() -> None:
    assert parse_forms("make,cmake") == ("make", "cmake")
    for text in ("", "scons", "cmake,cmake", "cmake,"):
        with pytest.raises(UsageError, match="--project"):
            parse_forms(text)


def test_several_forms_stand_beside_each_other(tmp_path: Path) -> None:
    net = write_net(tmp_path, "make,cmake", "host")
    assert {"Makefile", "CMakeLists.txt"} < {path.name for path in net.iterdir()}
    assert read_project(net).options.project == ("make", "cmake")


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
    net = write_net(tmp_path, "make", target, split_weights=split)
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


def test_two_libraries_of_make_live_in_one_program(tmp_path: Path) -> None:
    require_tool("make", "make")
    require_tool("g++", "g++")
    libraries = []
    for name in ("net", "other"):
        folder = write_net(tmp_path, "make", "host", name=name)
        run("make", folder=folder)
        libraries.append(folder / f"lib{name}.a")
    (tmp_path / "main.cpp").write_text(CPP_MAIN)
    flags = ("-std=c++17", "-Inet", "-Iother")
    run("g++", *flags, "main.cpp", *libraries, "-o", "both", folder=tmp_path)
    run("./both", folder=tmp_path)
