"""Finds the loop of a kernel for an instruction, and the instructions that work on vectors.

A loop is known by the function of the kernel's C that holds it, inlined or not: debug information
gives every instruction the chain of functions that it stems from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from cbcnn_codegen.errors import BuildError
from cbcnn_codegen.profile.attribute import inline_chains
from cbcnn_codegen.profile.flow import OUTSIDE, Flow
from cbcnn_codegen.profile.program import Program
from cbcnn_codegen.tools import find_tool, run_tool

REST: Final = "rest"
"""Instructions in no loop with a name here."""

LOOPS: Final[Mapping[str, tuple[str, ...]]] = {
    "counting": (
        "count_buckets",
        "count_two_words",
        "count_taps",
        "count_filter",
        "count_part",
        "count_matches",
        "count_mismatches",
        "count_point",
        "count_block",
    ),
    "sums": ("sum_buckets", "find_largest", "raise_accumulators", "raise_pattern_accumulators"),
    "decoding": ("list_taps", "list_row"),
    "tables": (
        "make_tables",
        "make_matches",
        "make_batch",
        "make_quads",
        "make_pattern_sums",
        "start_number",
        "start_counts",
        "find_all_classes",
        "find_borders",
    ),
    "transposition": ("make_planes", "gather_planes", "transpose", "put_batch", "put_pooled"),
    "patches": ("gather", "gather_sums", "gather_quads"),
    "comparison": ("fire_filters", "fire_quads", "fire_pattern_channels", "compare_block"),
    "pooling": ("pool_rows", "put_fired"),
}
"""Loops and the functions that hold them, in the order of a picture; the innermost one counts."""

_LOOP_OF: Final = {function: loop for loop, names in LOOPS.items() for function in names}
_INSTRUCTION: Final = re.compile(r"^\s*([0-9a-f]+):\t[0-9a-f ]+\t(\S+)\s*(.*)$", re.MULTILINE)
_SECONDS: Final = 300


@dataclass(frozen=True)
class Kinds:
    """What instructions are.

    Attributes:
        loop_at: address to loop; elsewhere it is `REST`.
        vectors: addresses of those that name a vector register.
    """

    loop_at: Mapping[int, str] = field(default_factory=dict)
    vectors: frozenset[int] = frozenset()


def find_kinds(program: Program, flow: Flow) -> Kinds:
    """The kinds of all instructions that ran.

    Raises:
        MissingToolError: the target's addr2line or objdump is not installed.
        BuildError: they cannot read the program.
    """
    blocks = {edge.block for edge in flow.edges if edge.block != OUTSIDE}
    addresses = sorted({a for block in blocks for a in range(block.address, block.end, 2)})
    return Kinds(_find_loops(program, addresses), _find_vectors(program))


def _find_loops(program: Program, addresses: Iterable[int]) -> Mapping[int, str]:
    start = f"{program.project.prefix}_"
    loops: dict[int, str] = {}
    for address, chain in inline_chains(program, addresses).items():
        names = (name.removeprefix(start).partition(".")[0] for name, _ in chain)
        loop = next((_LOOP_OF[name] for name in names if name in _LOOP_OF), None)
        if loop is not None:
            loops[address] = loop
    return loops


def _find_vectors(program: Program) -> frozenset[int]:
    registers = program.target.vector_registers
    if registers is None:
        return frozenset()
    command = program.target.tool("objdump")
    tool = find_tool(command, program.target.toolchain.binutils)
    result = run_tool([tool, "--disassemble", program.path], seconds=_SECONDS)
    if result.code != 0:
        raise BuildError(f"{command} cannot read the program", found=result.messages[:500])
    named = re.compile(registers)
    found = _INSTRUCTION.finditer(result.text)
    return frozenset(int(one[1], 16) for one in found if named.search(one[3]))
