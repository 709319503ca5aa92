"""The form `zephyr`: the module's description, its options, and two modules in one program."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.tools import require_module, require_tool
from support.user_projects import run, write_net

SCHEMA: dict[str, Any] = {"name": str, "build": {"cmake": str, "kconfig": str}}
"""The part of Zephyr's schema of modules that ours have; both of `build` are inside the module."""

PARENT = """
cmake_minimum_required(VERSION 3.20)
project(app C)
# What Zephyr does with a library, as far as the module says it.
macro(zephyr_library_named name)
    set(ZEPHYR_CURRENT_LIBRARY ${name})
    add_library(${name} STATIC)
    target_link_libraries(${name} PRIVATE zephyr_interface)
    set_property(GLOBAL APPEND PROPERTY libraries ${name})
endmacro()
function(zephyr_library_sources)
    target_sources(${ZEPHYR_CURRENT_LIBRARY} PRIVATE ${ARGN})
endfunction()
function(zephyr_library_compile_options)
    target_compile_options(${ZEPHYR_CURRENT_LIBRARY} PRIVATE ${ARGN})
endfunction()
function(zephyr_include_directories)
    target_include_directories(zephyr_interface INTERFACE ${ARGN})
endfunction()
add_library(zephyr_interface INTERFACE)
include(${CMAKE_CURRENT_LIST_DIR}/config.cmake)
add_subdirectory(net/zephyr)
add_subdirectory(other/zephyr)
add_executable(app main.c)
get_property(libraries GLOBAL PROPERTY libraries)
target_link_libraries(app zephyr_interface ${libraries})
"""
MAIN = """
#include "net.h"
#include "other.h"
static uint64_t arena[NET_ARENA_BYTES / 8 + 1];
static int8_t image[NET_IMAGE_BYTES];
int main(void) { return net_classify(image, arena) == other_classify(image, arena) ? 0 : 1; }
"""


def demand_schema(found: Any, schema: dict[str, Any]) -> None:
    assert found.keys() == schema.keys()
    for key, kind in schema.items():
        if isinstance(kind, dict):
            demand_schema(found[key], kind)
        else:
            assert isinstance(found[key], kind)


def test_the_module_says_where_its_files_are(tmp_path: Path) -> None:
    require_module("ruamel.yaml", "dev")
    from ruamel.yaml import YAML

    net = write_net(tmp_path, "zephyr", "host")
    module = YAML(typ="safe").load((net / "zephyr" / "module.yml").read_text())
    demand_schema(module, SCHEMA)
    assert (net / module["build"]["cmake"] / "CMakeLists.txt").is_file()
    assert (net / module["build"]["kconfig"]).is_file()


@pytest.mark.parametrize("chosen", [True, False])
def test_two_modules_are_built_where_their_options_are_set(chosen: bool, tmp_path: Path) -> None:
    require_tool("cmake", "cmake")
    require_module("kconfiglib", "dev")
    import kconfiglib

    names = ("net", "other")
    for name in names:
        write_net(tmp_path, "zephyr", "host", name=name, split_weights=name == "net")
    sourced = "".join(
        f'menu "{n}"\nsource "{tmp_path}/{n}/zephyr/Kconfig"\nendmenu\n' for n in names
    )
    (tmp_path / "Kconfig").write_text(sourced)
    found = kconfiglib.Kconfig(str(tmp_path / "Kconfig"))
    assert found.warnings == []
    for name in names:
        found.syms[f"CBCNN_{name.upper()}"].set_value("y" if chosen else "n")
    settings = "".join(
        f"set(CONFIG_{symbol.name} {symbol.str_value})\n"
        for symbol in found.unique_defined_syms
        if symbol.str_value == "y"
    )
    assert ("CONFIG_CBCNN_NET_OPTIMISE y" in settings) is chosen
    (tmp_path / "config.cmake").write_text(settings)
    (tmp_path / "CMakeLists.txt").write_text(PARENT)
    (tmp_path / "main.c").write_text(MAIN if chosen else "int main(void) { return 0; }\n")
    run("cmake", "-B", "build", folder=tmp_path)
    run("cmake", "--build", "build", folder=tmp_path)
    run("build/app", folder=tmp_path)
    assert bool(list(tmp_path.glob("build/net/zephyr/*.a"))) is chosen
