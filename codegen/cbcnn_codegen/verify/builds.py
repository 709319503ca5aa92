"""The ways in which code that is to be verified is compiled here: as many as can be."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal, NamedTuple

from cbcnn_codegen.tools import run_tool
from cbcnn_inputs.compilers import Compiler, find_compiler, find_compilers
from cbcnn_inputs.systems import program_file

ALL_CHECKS: Final = "address,undefined"
FEWER_CHECKS: Final = "undefined"
"""Of the sanitizers: zig has no other."""
SANITIZERS: Final = ("-g", f"-fsanitize={ALL_CHECKS}", "-fno-sanitize-recover=all")
C99: Final = ("-std=c99",)
CPP17: Final = ("-x", "c++", "-std=c++17")
_SANITIZERS_IN: Final = {"gcc": "libasan and libubsan", "clang": "libclang-rt-*-dev"}
_PROBE_SECONDS: Final = 300

_EMPTY_PROGRAM: Final = b"""
#ifndef __has_feature
#define __has_feature(name) 0
#endif
#if defined(WANTED_ADDRESS) && !defined(__SANITIZE_ADDRESS__) && !__has_feature(address_sanitizer)
#error "no address sanitizer"
#endif
int main(void) { return 0; }
"""


@dataclass(frozen=True)
class Build:
    """One way to compile.

    Attributes:
        compiler: its name: a program on PATH, or one that `find_compilers` has.
        traced: include the model's source and see every layer; otherwise the model is compiled by
            itself, as a user's project does, and only classes and scores are seen.
    """

    name: str
    compiler: str
    flags: tuple[str, ...]
    traced: bool = True

    def by(self, compiler: Compiler) -> Build:
        """The same by another compiler than gcc or g++."""
        old, new = self.compiler, compiler.cpp if "-x" in self.flags else compiler.name
        return replace(self, name=self.name.replace(old, new, 1), compiler=new)


SHIPPED: Final = Build("gcc -O2, separate object", "gcc", (*C99, "-O2"), traced=False)
TRACED: Final = Build("gcc -O2", "gcc", (*C99, "-O2"))
SANITIZED: Final = Build("gcc sanitizers", "gcc", (*C99, "-Og", *SANITIZERS))
"""With what `-O1` does beyond `-Og` it runs no faster and compiles for three times as long."""

_OPTIMISED: Final = (
    Build("gcc -O0", "gcc", (*C99, "-O0")),
    Build("gcc -O3", "gcc", (*C99, "-O3")),
    Build("gcc -Os", "gcc", (*C99, "-Os")),
)
_CPP: Final = Build("g++ -O2, C++17", "g++", (*CPP17, "-O2"))

Extent = Literal["quick", "full"]


class Builds(NamedTuple):
    """What this machine can make.

    Attributes:
        shipped: the model by itself, as a user's project compiles it.
        traced: the main build that shows its layers.
        others: further witnesses.
        left_out: names of builds that cannot be made, with the reason.
    """

    shipped: Build
    traced: Build
    others: tuple[Build, ...]
    left_out: Mapping[str, str]


def choose_builds(extent: Extent) -> Builds:
    """The builds of the preferred compiler of this machine, and of clang as an extra witness.

    What a compiler lacks, such as sanitizers, is left out.

    Raises:
        MissingToolError: no compiler.
    """
    main = find_compiler()
    left_out: dict[str, str] = {}
    others = list(_sanitized(main, left_out))
    if extent == "full":
        cpp = [_CPP.by(main)]
        others = [*(build.by(main) for build in _OPTIMISED), *cpp, *others]
        others += _second(main, left_out)
    return Builds(SHIPPED.by(main), TRACED.by(main), tuple(others), left_out)


def _second(main: Compiler, left_out: dict[str, str]) -> Iterator[Build]:
    """The builds of clang, which need not be installed, beside another compiler."""
    clang = next((one for one in find_compilers() if one.name == "clang"), None)
    if main.name == "clang":
        return
    if clang is None:
        left_out["clang"] = "not installed"
        return
    yield TRACED.by(clang)
    yield from _sanitized(clang, left_out)
    yield _CPP.by(clang)


def _sanitized(compiler: Compiler, left_out: dict[str, str]) -> Iterator[Build]:
    """The build with as many sanitizers as the compiler has."""
    build = SANITIZED.by(compiler)
    if links_sanitizers(compiler.command, ALL_CHECKS):
        yield build
    elif links_sanitizers(compiler.command, FEWER_CHECKS):
        left_out[f"{compiler.name} address sanitizer"] = f"{compiler.name} has none"
        flags = tuple(flag.replace(ALL_CHECKS, FEWER_CHECKS) for flag in build.flags)
        yield replace(build, name=f"{compiler.name} undefined behaviour sanitizer", flags=flags)
    else:
        found = f"{compiler.name} has no sanitizer runtime"
        packages = _SANITIZERS_IN.get(compiler.name)
        told = found if packages is None else f"{found}; Debian has it in {packages}"
        left_out[build.name] = told


def links_sanitizers(command: Sequence[str], checks: str) -> bool:
    """Whether a compiler really has these sanitizers: zig takes the flag and leaves it out."""
    flags = [flag.replace(ALL_CHECKS, checks) for flag in SANITIZERS]
    wanted = [f"-DWANTED_{check.upper()}" for check in checks.split(",")]
    with tempfile.TemporaryDirectory(prefix="cbcnn-verify-") as folder:
        output = ["-x", "c", "-", "-o", str(Path(folder) / program_file("empty"))]
        found = run_tool(
            [*command, *flags, *wanted, *output], seconds=_PROBE_SECONDS, data=_EMPTY_PROGRAM
        )
    return found.code == 0
