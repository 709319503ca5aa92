"""Code size and stack depth of generated C, as its target's own compiler makes it."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from cbcnn_codegen.errors import BuildError
from cbcnn_codegen.plan import Plan
from cbcnn_codegen.targets import Target

LIBRARY_STACK_BYTES: Final = 64
"""Allowed for a function of the C or compiler library, whose own use is not known. The largest one
that the code can call, 32-bit division on Cortex-M0, takes less."""

_SECONDS: Final = 120
_SECTION: Final = re.compile(r"^(\.\S+)\s+(\d+)", re.MULTILINE)
_NODE: Final = re.compile(r'node: \{ title: "([^"]+)" label: "([^"]*)"')
_EDGE: Final = re.compile(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"')
_STACK: Final = re.compile(r"(\d+) bytes \((\w+)")

_CODE: Final = (".text",)
_CONSTANTS: Final = (".rodata", ".srodata", ".data.rel.ro")
_STATIC: Final = (".data", ".sdata", ".bss", ".sbss")


@dataclass(frozen=True)
class Measured:
    """What a compiler made of the code.

    Attributes:
        compiler: its name and version.
        code_bytes: instructions, with what they need from the compiler's library.
        constants_bytes: tables and descriptors, the weights left out.
        static_bytes: variables; there should be none.
        stack_bytes: deepest use by any function of the API, with what it calls.
    """

    compiler: str
    code_bytes: int
    constants_bytes: int
    static_bytes: int
    stack_bytes: int


def measure(plan: Plan, sources: Mapping[str, str]) -> Measured | None:
    """Build the C and look at it; None when the target's compiler is not installed.

    Args:
        plan: that the C was made from.
        sources: the C files, name to text.

    Raises:
        BuildError: the compiler is there but does not compile the code.
    """
    return measure_sources(plan.target, plan.options.name, plan.weights_bytes, sources)


def measure_sources(
    target: Target, name: str, weights_bytes: int, sources: Mapping[str, str]
) -> Measured | None:
    """`measure` for generated code whose plan is not at hand.

    Args:
        target: to compile for.
        name: of the model, its prefix.
        weights_bytes: of its weights, which are constants too.
        sources: the C files, name to text.
    """
    if shutil.which(target.compiler[0]) is None or shutil.which(target.size_command) is None:
        return None
    with tempfile.TemporaryDirectory(prefix="cbcnn-") as folder:
        directory = Path(folder)
        for file, text in sources.items():
            (directory / file).write_text(text, encoding="utf-8")
        built = _build(target, name, directory)
        sections = _read_sections(target.size_command, built)
        stack = _deepest_stack((directory / "model.ci").read_text(encoding="utf-8"))
    return Measured(
        compiler=compiler_version(target.compiler[0]),
        code_bytes=_total(sections, _CODE),
        constants_bytes=_total(sections, _CONSTANTS) - weights_bytes,
        static_bytes=_total(sections, _STATIC) - _total(sections, (".data.rel.ro",)),
        stack_bytes=stack,
    )


def _build(target: Target, name: str, directory: Path) -> Path:
    """The program without start-up code, or the object file where there is no such program."""
    command = [*target.compiler, *target.flags, *target.optimise]
    compiled = directory / "model.o"
    source = directory / f"{name}.c"
    compile_flags = [
        "-std=c99",
        *target.library_flags,
        "-fcallgraph-info=su",
        "-c",
        str(source),
        "-o",
        str(compiled),
    ]
    result = _run([*command, *compile_flags], directory)
    if result.returncode != 0:
        raise BuildError(
            f"{target.compiler[0]} does not compile the generated code",
            found=result.stderr.strip()[:500],
            suggestion="--no-measure generates without compiling",
        )
    if target.emulator is None:
        return compiled
    linked = directory / "model.elf"
    entry = f"-Wl,--entry={name}_run"
    flags = [*target.library_flags, "-nostartfiles", entry, str(compiled), "-o", str(linked)]
    result = _run([*command, *flags], directory)
    return linked if result.returncode == 0 else compiled


def _run(command: Sequence[str], directory: Path) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise BuildError(f"{command[0]} did not end in {_SECONDS} s") from error


@cache
def compiler_version(command: str) -> str:
    """A compiler's command and its version."""
    result = _run([command, "-dumpfullversion"], Path.cwd())
    return f"{command} {result.stdout.strip()}"


def _read_sections(size_command: str, built: Path) -> dict[str, int]:
    listing = _run([size_command, "-A", built.name], built.parent).stdout
    return {name: int(size) for name, size in _SECTION.findall(listing)}


def _total(sections: Mapping[str, int], prefixes: tuple[str, ...]) -> int:
    return sum(size for name, size in sections.items() if name.startswith(prefixes))


def _deepest_stack(graph: str) -> int:
    """The longest path through the compiler's call graph, in bytes of stack.

    Raises:
        BuildError: a function's use is not constant; then there is no worst case.
    """
    own: dict[str, int] = {}
    for title, label in _NODE.findall(graph):
        use = _STACK.search(label)
        if use and use[2] == "dynamic":
            raise BuildError(f"the stack that {title} uses is not constant")
        own[title] = int(use[1]) if use else LIBRARY_STACK_BYTES
    calls: dict[str, set[str]] = {title: set() for title in own}
    for caller, callee in _EDGE.findall(graph):
        calls[caller].add(callee)

    def depth(title: str, above: tuple[str, ...]) -> int:
        if title in above:
            raise BuildError(f"{title} calls itself")
        deeper = (depth(callee, (*above, title)) for callee in sorted(calls[title]))
        return own[title] + max(deeper, default=0)

    return max((depth(title, ()) for title in own), default=0)
