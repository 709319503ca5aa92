"""Finds the layer that an instruction of the forward function works for.

Compilers put a kernel that is called once into the forward function, so symbols do not show it. The
debug information does: it gives the line of the forward function for each instruction, and
`AFTER_LAYER` ends the lines of each layer.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cbcnn_codegen.errors import BuildError
from cbcnn_codegen.profile.program import Program
from cbcnn_codegen.tools import find_tool, run_tool

_SECONDS: Final = 300

SCORES: Final = -1
"""The index of what runs after the last layer, and of the entry of the `run` function."""


@dataclass(frozen=True)
class LayerLines:
    """The places of the layers in the source: the line that ends each, in ascending order."""

    ends: tuple[int, ...]
    indices: tuple[int, ...]

    def layer(self, line: int) -> int:
        """The layer that a line of the forward function belongs to."""
        position = bisect_left(self.ends, line)
        return self.indices[position] if position < len(self.ends) else SCORES


def find_layer_lines(source: str, prefix: str) -> LayerLines:
    """The calls of `AFTER_LAYER` in generated C."""
    call = re.compile(rf"^\s+{prefix.upper()}_AFTER_LAYER\(\s*(\d+),", re.MULTILINE)
    found = [(source.count("\n", 0, m.end()) + 1, int(m[1])) for m in call.finditer(source)]
    return LayerLines(tuple(line for line, _ in found), tuple(index for _, index in found))


def attribute_instructions(program: Program) -> dict[int, int]:
    """Address of every halfword of the forward function -> index of its layer, or `SCORES`.

    Raises:
        MissingToolError: the target's addr2line is not installed.
        BuildError: the program carries no usable debug information.
    """
    project = program.project
    text = (project.folder / project.sources[0]).read_text(encoding="utf-8")
    lines = find_layer_lines(text, project.prefix)
    addresses = [address for where in program.forward for address in where[::2]]
    chains = inline_chains(program, addresses)
    layers: dict[int, int] = {}
    current = SCORES
    for address in addresses:
        line = _line_in(f"{project.prefix}_forward", chains[address])
        if line is None:
            current = SCORES
        elif line > 0:
            current = lines.layer(line)
        layers[address] = current
    missing = set(lines.indices) - set(layers.values())
    if missing or len(lines.indices) != len(project.layers):
        raise BuildError(
            "the instructions cannot be told apart by layer",
            found=f"no line for layers {sorted(missing) or list(lines.indices)}",
            suggestion="generate the code again",
        )
    return layers


def _line_in(function: str, chain: Sequence[tuple[str, int]]) -> int | None:
    """The line of `function` in a chain of inlined functions; None if it is not part of it."""
    return next((line for name, line in chain if name == function), None)


def inline_chains(
    program: Program, addresses: Iterable[int]
) -> Mapping[int, list[tuple[str, int]]]:
    """Functions and lines at each address, the innermost function first."""
    command = program.target.tool("addr2line")
    tool = find_tool(command, program.target.toolchain.binutils)
    result = run_tool(
        [tool, "--exe", program.path, "--inlines", "--functions", "--addresses"],
        seconds=_SECONDS,
        data="\n".join(f"{address:#x}" for address in addresses).encode(),
    )
    if result.code != 0:
        raise BuildError(f"{command} cannot read the program", found=result.messages[:500])
    chains: dict[int, list[tuple[str, int]]] = {}
    rows = iter(result.text.splitlines())
    for row in rows:
        if row.startswith("0x"):
            chain = chains.setdefault(int(row, 16), [])
        else:
            line = re.search(r":(\d+)(?: \(.*\))?$", next(rows))
            chain.append((row, int(line[1]) if line else 0))
    return chains
