"""Measures code size and stack depth of generated C with its target's own compiler."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from cbcnn_codegen.elf import count_bytes, read_sections, read_symbols
from cbcnn_codegen.errors import BuildError
from cbcnn_codegen.locate_firmware import firmware_path
from cbcnn_codegen.measure_stack import STACK_FLAGS, measure_stack
from cbcnn_codegen.plan import Plan
from cbcnn_codegen.targets import Target
from cbcnn_codegen.tools import run_tool

_SECONDS: Final = 120
_LINK: Final = ("-nostartfiles", "-Wl,--strip-debug", "-Wl,--fatal-warnings")

_KINDS: Final = {
    ".text": ("code",),
    ".literal": ("code",),
    ".rodata": ("constants",),
    ".srodata": ("constants",),
    ".data.rel.ro": ("constants",),
    ".progmem": ("constants",),
    ".copied": ("constants", "static"),
    ".data": ("static",),
    ".sdata": ("static",),
    ".bss": ("static",),
    ".sbss": ("static",),
    ".ARM.exidx": (),
}


@dataclass(frozen=True)
class Measured:
    """The sizes of the compiled code.

    Attributes:
        compiler: its name and version.
        code_bytes: instructions, with what they need from the compiler's library.
        weights_bytes: tables of weights; less than the plan's if the compiler turned a small one
            into instructions, or found two equal ones.
        constants_bytes: all other tables and descriptors.
        static_bytes: variables; there should be none.
        stack_bytes: deepest use by any function of the API, with what it calls.

    Raises:
        BuildError: sizes that no program has, so the measurement went wrong.
    """

    compiler: str
    code_bytes: int
    weights_bytes: int
    constants_bytes: int
    static_bytes: int
    stack_bytes: int

    def __post_init__(self) -> None:
        sizes = {key: value for key, value in vars(self).items() if key != "compiler"}
        if min(sizes.values()) < 0 or self.code_bytes == 0:
            raise BuildError(
                "the size of the generated code cannot be told from what was built",
                found=", ".join(f"{key} {value:,}" for key, value in sizes.items()),
                allowed="code of at least one byte, and nothing negative",
                suggestion="--no-measure generates without measuring",
            )


def measure(plan: Plan, sources: Mapping[str, str]) -> Measured | None:
    """Build the C and measure it; None if the target's compiler is not installed.

    GCC alone tells the stack that functions use, and sizes are read from files in the format ELF: a
    compiler of this machine that is another, or makes others, counts as none.

    Args:
        plan: that the C was made from.
        sources: the C files, name to text.

    Raises:
        BuildError: the compiler is there but does not compile the code.
    """
    return measure_sources(plan.target, plan.options.name, sources)


def measure_sources(target: Target, name: str, sources: Mapping[str, str]) -> Measured | None:
    """Measure generated code without its plan; see `measure`.

    Args:
        target: to compile for.
        name: of the model, its prefix.
        sources: the C files, name to text.
    """
    if not _is_installed(target):
        return None
    with tempfile.TemporaryDirectory(prefix="cbcnn-") as folder:
        directory = Path(folder)
        for file, text in sources.items():
            (directory / file).write_text(text, encoding="utf-8")
        built = _build(target, name, directory)
        sizes = count_bytes(read_sections(built), _KINDS)
        symbols = read_symbols(built)
        stack = measure_stack(target, directory, built)
    weights = sum(size for symbol, size in symbols.items() if symbol.startswith(f"{name}_weights_"))
    return Measured(
        compiler=compiler_version(target.compiler[0]),
        code_bytes=sizes["code"],
        weights_bytes=weights,
        constants_bytes=sizes["constants"] - weights,
        static_bytes=sizes["static"],
        stack_bytes=stack,
    )


def _is_installed(target: Target) -> bool:
    path = shutil.which(target.compiler[0])
    return path is not None and (not target.is_native or _is_gcc_for_elf(path))


@cache
def _is_gcc_for_elf(command: str) -> bool:
    """By the macros that it defines: `gcc` is Clang on macOS, and MinGW's makes no ELF."""
    result = run_tool([command, "-dM", "-E", "-x", "c", "-"], seconds=_SECONDS)
    macros = {line.split()[1] for line in result.text.splitlines() if line.startswith("#define ")}
    return result.code == 0 and {"__GNUC__", "__ELF__"} <= macros and "__clang__" not in macros


def _build(target: Target, name: str, directory: Path) -> Path:
    """The program without start-up code, or the object file if there is no such program."""
    command = [*target.compiler, *target.flags, *target.optimise]
    compiled = directory / "model.o"
    source = directory / f"{name}.c"
    compile_flags = [
        f"-std={target.standard}",
        *target.library_flags,
        STACK_FLAGS[target.call_graph],
        "-c",
        str(source),
        "-o",
        str(compiled),
    ]
    result = run_tool([*command, *compile_flags], seconds=_SECONDS, folder=directory)
    if result.code != 0:
        raise BuildError(
            f"{target.compiler[0]} does not compile the generated code",
            found=result.messages.strip()[:500],
            suggestion="--no-measure generates without compiling",
        )
    if target.sizes_of == "object":
        return compiled
    linked = directory / "model.elf"
    script = ["-T", str(firmware_path("harness", target.sizes_script)), f"-Wl,--entry={name}_run"]
    flags = [*target.library_flags, *_LINK, *script, str(compiled), "-o", str(linked)]
    flags += target.link_flags
    result = run_tool([*command, *flags], seconds=_SECONDS, folder=directory)
    if result.code != 0:
        raise BuildError(
            f"{target.compiler[0]} does not link the generated code, so its size is not known",
            found=result.messages.strip()[:500],
            suggestion="--no-measure generates without measuring",
        )
    return linked


@cache
def compiler_version(command: str) -> str:
    """A compiler's command and its version."""
    result = run_tool([command, "-dumpfullversion", "-dumpversion"], seconds=_SECONDS)
    return f"{command} {result.text.strip()}"
