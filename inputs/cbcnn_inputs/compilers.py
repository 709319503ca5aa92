"""Finds the compilers of this machine: those on PATH, or zig's, which comes as a Python package."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from typing import Final, NamedTuple

from cbcnn_inputs.errors import MissingToolError
from cbcnn_inputs.installation import install_command


class Compiler(NamedTuple):
    """A compiler that takes GCC's options.

    Attributes:
        name: in messages.
        command: that compiles C.
        cpp: the name of the one that compiles C++, behind `-x c++`.
    """

    name: str
    command: tuple[str, ...]
    cpp: str


_ON_PATH: Final = (("gcc", "g++"), ("clang", "clang++"), ("cc", "c++"))
_ZIG: Final = "zig cc"


def find_compilers() -> tuple[Compiler, ...]:
    """All that are installed, the preferred first; `cc` and zig only where there is no other."""
    found: list[Compiler] = []
    for name, cpp in _ON_PATH:
        path = shutil.which(name)
        if path is not None and (name != "cc" or not found):
            found.append(Compiler(name, (path,), cpp))
    zig = None if found else _find_zig()
    if zig is not None:
        found.append(Compiler(_ZIG, (zig, "cc"), _ZIG))
    return tuple(found)


def find_compiler() -> Compiler:
    """The preferred compiler.

    Raises:
        MissingToolError: there is none.
    """
    compilers = find_compilers()
    if not compilers:
        raise MissingToolError(
            "no C compiler is installed",
            found="no gcc, clang, cc or zig on PATH, and no Python package ziglang",
            suggestion=f"apt-get install gcc g++, or on any system {install_command('compiler')}",
        )
    return compilers[0]


def _find_zig() -> str | None:
    """The program of zig: on PATH, or in the package `ziglang` of this Python."""
    package = importlib.util.find_spec("ziglang")
    folders = [] if package is None else (package.submodule_search_locations or [])
    inside = (shutil.which("zig", path=str(Path(folder))) for folder in folders)
    return shutil.which("zig") or next((zig for zig in inside if zig is not None), None)
