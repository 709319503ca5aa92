"""The form `esp-idf`: its manifest as the component manager reads it, built for RISC-V."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.tools import require_module, require_tool
from support.user_projects import run, write_net

PARENT = """
cmake_minimum_required(VERSION 3.16)
project(app C)
# What ESP-IDF does with a component, as far as the component says it.
function(idf_component_register)
    cmake_parse_arguments(component "" "" "SRCS;INCLUDE_DIRS" ${ARGN})
    get_filename_component(name ${CMAKE_CURRENT_LIST_DIR} NAME)
    set(COMPONENT_LIB __idf_${name} PARENT_SCOPE)
    add_library(__idf_${name} STATIC ${component_SRCS})
    target_include_directories(__idf_${name} PUBLIC ${component_INCLUDE_DIRS})
endfunction()
set(ESP_PLATFORM 1)
set(CONFIG_CBCNN_NET_OPTIMISE 1)
add_subdirectory(net)
add_subdirectory(other)
add_executable(app main.c)
target_link_libraries(app __idf_net __idf_other)
"""
MAIN = """
#include "net.h"
#include "other.h"
static uint64_t arena[NET_ARENA_BYTES / 8 + 1];
static int8_t image[NET_IMAGE_BYTES];
int main(void) { return net_classify(image, arena) == other_classify(image, arena) ? 0 : 1; }
"""


def test_the_component_manager_takes_the_manifest(tmp_path: Path) -> None:
    require_module("idf_component_tools", "dev")
    from idf_component_tools.manager import ManifestManager

    net = write_net(tmp_path, "esp-idf", "host")
    manager = ManifestManager(net, "net", repository=None)
    assert manager.validate().validation_errors == []
    manifest = manager.load()
    assert manifest.license == "0BSD"
    assert manifest.dependencies == {"idf": ">=4.4"}
    (net / "idf_component.yml").write_text("version: one\n")
    assert ManifestManager(net, "net").validate().validation_errors


def test_the_option_of_the_component_is_in_its_kconfig(tmp_path: Path) -> None:
    require_module("kconfiglib", "dev")
    import kconfiglib

    net = write_net(tmp_path, "esp-idf", "host")
    found = kconfiglib.Kconfig(str(net / "Kconfig"))
    assert found.warnings == []
    assert found.syms["CBCNN_NET_OPTIMISE"].str_value == "y"


@pytest.mark.parametrize("joined", ["esp-idf", "cmake,esp-idf"])
def test_two_components_are_built_for_risc_v(joined: str, tmp_path: Path) -> None:
    require_tool("cmake", "cmake")
    require_tool("riscv64-unknown-elf-gcc", "gcc-riscv64-unknown-elf")
    for name in ("net", "other"):
        write_net(tmp_path, joined, "rv32imc", name=name)
    (tmp_path / "CMakeLists.txt").write_text(PARENT)
    (tmp_path / "main.c").write_text(MAIN)
    toolchain = tmp_path / "esp32c3.cmake"
    toolchain.write_text(
        "set(CMAKE_SYSTEM_NAME Generic)\nset(CMAKE_C_COMPILER riscv64-unknown-elf-gcc)\n"
        "set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)\n"
        'set(CMAKE_C_FLAGS_INIT "-march=rv32imc -mabi=ilp32 --specs=picolibc.specs")\n'
    )
    run("cmake", f"-DCMAKE_TOOLCHAIN_FILE={toolchain}", "-B", "build", folder=tmp_path)
    run("cmake", "--build", "build", folder=tmp_path)
    names = run("riscv64-unknown-elf-nm", "build/app", folder=tmp_path).split()
    assert {"net_classify", "other_classify"} <= set(names)
    flags = (tmp_path / "build/net/CMakeFiles/__idf_net.dir/flags.make").read_text()
    assert "-ffp-contract=off" in flags
    other = (tmp_path / "build/other/CMakeFiles/__idf_other.dir/flags.make").read_text()
    assert "-ffp-contract=off" not in other
