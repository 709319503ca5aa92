"""Finds the deepest use of the stack: the frames that the compiler states, along the calls."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
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
        return _deepest(*_read_graph((directory / "model.ci").read_text(encoding="utf-8")))
    objdump = find_tool(target.tool("objdump"), target.toolchain.binutils)
    listing = run_tool([objdump, "-d", str(program)], seconds=_SECONDS).text
    return _deepest(*_read_listing((directory / "model.su").read_text(encoding="utf-8"), listing))


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


def _deepest(own: Mapping[str, int], calls: Mapping[str, set[str]]) -> int:
    def depth(title: str, above: tuple[str, ...]) -> int:
        if title in above:
            raise BuildError(f"{title} calls itself")
        deeper = (depth(callee, (*above, title)) for callee in sorted(calls[title]))
        return own[title] + max(deeper, default=0)

    if not own:
        raise BuildError("the compiler's call graph names no function, so the stack is not known")
    return max(depth(title, ()) for title in own)
