"""Finds the deepest use of the stack: the frames that the compiler states, along the calls."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from cbcnn_codegen.errors import BuildError
from cbcnn_codegen.targets.target import CallGraph, Target
from cbcnn_codegen.tools import find_tool, run_tool

LIBRARY_STACK_BYTES: Final = 64
"""Bytes assumed for a function of the C or compiler library, whose own use is unknown. The largest
one that the code can call, 32-bit division on Cortex-M0, takes less."""

STACK_FLAGS: Final[Mapping[CallGraph, str]] = {
    "compiler": "-fcallgraph-info=su",
    "disassembly": "-fstack-usage",
}
"""What lets a compiler write the frames to a file beside the object `model.o`."""

_SECONDS: Final = 120
_NODE: Final = re.compile(r'node: \{ title: "([^"]+)" label: "([^"]*)"')
_EDGE: Final = re.compile(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"')
_STACK: Final = re.compile(r"(\d+) bytes \(([a-z,]+)\)")
_FRAME: Final = re.compile(r"^\S*:\d+:\d+:(\S+)\t(\d+)\t(\S+)$", re.M)
_FUNCTION: Final = re.compile(r"^[0-9a-f]+ <([^>]+)>:$")
_CALL: Final = re.compile(r"\t(?:r?call|r?jmp)\t.*<([^>+]+)>$")

_MOVES_STACK: Final = re.compile(r'"(?:push|sub sp)')
"""Assembly in C that takes stack."""
_SEVERAL: Final = re.compile(r"\t(?:v?push|v?pop|v?stmdb|v?ldmia)(?:\.w)?\t(?:sp!, )?\{([^}]*)\}")
_REGISTERS: Final = re.compile(
    r"(?:(?P<d>d)|[rs])(?P<first>\d+)(?:-[drs](?P<last>\d+))?|lr|pc|ip|fp|sl|sb"
)
_MOVED: Final = re.compile(r"\t(?:add|sub)w?(?:\.w)?\tsp, (?:sp, )?#(\d+)")
_RAISES: Final = re.compile(r"\t(?:v?pop|v?ldmia|add)(?:w|\.w)?\t")
_RETURN: Final = re.compile(r"\t(?:pop|ldmia)(?:\.w)?\t(?:sp!, )?\{[^}]*pc\}|\tbx\tlr")


def measure_stack(target: Target, directory: Path, program: Path) -> int:
    """The longest path through the calls, in bytes of stack.

    Args:
        target: that the program is for.
        directory: with the files of the compiler.
        program: linked, without start-up code.

    Raises:
        BuildError: a function's use is not constant, so there is no worst case; or no function.
        MissingToolError: no disassembler.
    """
    if target.call_graph == "compiler":
        own, calls = _read_graph((directory / "model.ci").read_text(encoding="utf-8"))
        if any(_MOVES_STACK.search(path.read_text("utf-8")) for path in directory.glob("*.c")):
            in_assembly = _with_assembly(own, _disassemble(target, program))
            return _deepest(own, calls, in_assembly)
        return _deepest(own, calls)
    listing = _disassemble(target, program)
    return _deepest(*_read_listing((directory / "model.su").read_text(encoding="utf-8"), listing))


def _disassemble(target: Target, program: Path) -> str:
    objdump = find_tool(target.tool("objdump"), target.toolchain.binutils)
    return run_tool([objdump, "-d", str(program)], seconds=_SECONDS).text


def _with_assembly(own: Mapping[str, int], listing: str) -> dict[str, int]:
    """Frames, each with what assembly inside of its function puts on the stack.

    The compiler states the frame that it makes itself and does not read assembly. In the program
    both are instructions: those of a function that move the stack pointer are followed from top to
    bottom. Behind a return, code goes on in the frame that the return gave back. Assembly calls no
    function of C, so nothing comes on top of it.
    """
    deepest: dict[str, int] = {}
    function, now = "", 0
    for line in listing.splitlines():
        if begins := _FUNCTION.match(line):
            function, now = begins[1], 0
            deepest[function] = 0
        elif _RETURN.search(line):
            now -= _lowered(line)
            if now <= 0:
                now = next((own[title] for title in own if _function_of(title) == function), 0)
        else:
            now += _lowered(line) * (-1 if _RAISES.search(line) else 1)
            deepest[function] = max(deepest.get(function, 0), now)
    return {title: max(of, deepest.get(_function_of(title), 0)) for title, of in own.items()}


def _function_of(title: str) -> str:
    """The function that a title of the compiler's graph means: `model.c:helper` is a static one."""
    return title.rpartition(":")[2]


def _lowered(line: str) -> int:
    """Bytes by which an Arm instruction moves the stack pointer, up or down."""
    if several := _SEVERAL.search(line):
        return sum(
            (int(one["last"]) - int(one["first"]) + 1 if one["last"] else 1)
            * (8 if one["d"] else 4)
            for one in _REGISTERS.finditer(several[1])
        )
    moved = _MOVED.search(line)
    return int(moved[1]) if moved else 0


def _read_graph(graph: str) -> tuple[dict[str, int], dict[str, set[str]]]:
    """Frames, and who calls whom, as the compiler tells both."""
    own: dict[str, int] = {}
    for title, label in _NODE.findall(graph):
        use = _STACK.search(label)
        _demand_constant(title, use[2] if use else "static")
        own[title] = int(use[1]) if use else LIBRARY_STACK_BYTES
    calls: dict[str, set[str]] = {title: set() for title in own}
    for caller, callee in _EDGE.findall(graph):
        calls[caller].add(callee)
    return own, calls


def _read_listing(frames: str, listing: str) -> tuple[dict[str, int], dict[str, set[str]]]:
    """Frames as the compiler tells them, return addresses included, and calls in the program.

    Copies of a function that the compiler made carry its name and more, and not the same on both
    sides: `f.constprop` is `f.constprop.7` in the program. All of them count as the largest.
    """
    known: dict[str, int] = {}
    for name, size, kind in _FRAME.findall(frames):
        _demand_constant(name, kind)
        known[_stem(name)] = max(int(size), known.get(_stem(name), 0))
    own: dict[str, int] = {}
    calls: dict[str, set[str]] = {}
    function = ""
    for line in listing.splitlines():
        if begins := _FUNCTION.match(line):
            function = begins[1]
            own[function] = known.get(_stem(function), LIBRARY_STACK_BYTES)
            calls[function] = set()
        elif (call := _CALL.search(line)) and call[1] != function:
            calls[function].add(call[1])
    inside = {name: {callee for callee in of if callee in own} for name, of in calls.items()}
    from_model = {name for name in own if _stem(name) in known}
    return own, {name: of if name in from_model else set() for name, of in inside.items()}


def _stem(function: str) -> str:
    """The name in the source, without what the compiler puts behind it."""
    return function.partition(".")[0]


def _demand_constant(function: str, kind: str) -> None:
    if kind == "dynamic":  # "dynamic,bounded" comes with the bound
        raise BuildError(f"the stack that {function} uses is not constant")


def _deepest(
    own: Mapping[str, int],
    calls: Mapping[str, set[str]],
    in_assembly: Mapping[str, int] = MappingProxyType({}),
) -> int:
    """Bytes of the longest path.

    Args:
        own: frame of each function.
        calls: those that it calls.
        in_assembly: frames while assembly runs that calls nothing.
    """

    def depth(title: str, above: tuple[str, ...]) -> int:
        if title in above:
            raise BuildError(f"{title} calls itself")
        deeper = (depth(callee, (*above, title)) for callee in sorted(calls[title]))
        return max(own[title] + max(deeper, default=0), in_assembly.get(title, 0))

    if not own:
        raise BuildError("the compiler's call graph names no function, so the stack is not known")
    return max(depth(title, ()) for title in own)
