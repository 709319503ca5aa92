"""The stack that is reserved covers the longest path through all of the firmware.

The emulated boards measure what was used; this follows the compiler's own call graph.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from cbcnn_codegen.board.build import write_firmware
from cbcnn_codegen.board.capacity import stack_reserve
from cbcnn_codegen.board.firmware import FirmwareOptions
from cbcnn_codegen.boards import find_board
from cbcnn_codegen.locate_firmware import firmware_path
from cbcnn_codegen.measure_stack import LIBRARY_STACK_BYTES
from cbcnn_codegen.options import Optimize
from cbcnn_codegen.targets import find_target, target_for
from support.firmware_builds import code_for, golden_images, program
from support.tiny_boards import build, tiny_model
from support.tools import require_tool

EXCEPTION_BYTES = 108
"""What the processor saves for an interrupt, with floating-point registers and alignment."""

NODE = re.compile(r'node: \{ title: "([^"]+)" label: "([^"]*)"')
EDGE = re.compile(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"')
USE = re.compile(r"(\d+) bytes \(static\)")


def call_graph(folder: Path, board: str, mode: Optimize = "balanced") -> str:
    """The call graphs of all files of a project, as the compiler writes them."""
    target = target_for(find_target(find_board(board).target), mode)
    flags = [*target.flags, *target.library_flags, *target.optimise, "-std=c99"]
    graphs = []
    for source in json.loads((folder / "report.json").read_text(encoding="utf-8"))["sources"]:
        command = [*target.compiler, *flags, "-fcallgraph-info=su", "-c", source, "-o", "graph.o"]
        subprocess.run(command, cwd=folder, check=True)
        graphs.append((folder / "graph.ci").read_text(encoding="utf-8"))
    return "\n".join(graphs)


CALLBACKS = {"after_layer": "link_answer_busy", "frame_send": "line_write"}
"""What is called through a pointer, and by whom."""


def deepest(graph: str, start: str) -> int:
    """Bytes of the longest path from a function; what the graph does not hold is a library's."""
    own = {name: int(use[1]) for name, label in NODE.findall(graph) if (use := USE.search(label))}
    calls: dict[str, set[str]] = {}
    for caller, callee in [*EDGE.findall(graph), *CALLBACKS.items()]:
        calls.setdefault(caller, set()).add(callee)

    def depth(name: str, above: tuple[str, ...]) -> int:
        assert name not in above, f"{name} calls itself by {above}"
        below = (depth(callee, (*above, name)) for callee in calls.get(name, ()))
        return own.get(name, LIBRARY_STACK_BYTES) + max(below, default=0)

    assert start in own
    return depth(start, ())


@pytest.mark.parametrize("name", ["stm32vldiscovery", "netduinoplus2", "microbit", "mps3-an547"])
def test_the_reserve_covers_the_longest_path(name: str) -> None:
    require_tool("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    board = find_board(name)
    project = code_for(board.target, camera=True)
    options = FirmwareOptions(golden_images(board.target), program("camera"))
    folder = write_firmware(project, board, options, force=True)
    graph = call_graph(folder, name)
    interrupts = max(deepest(graph, handler) for handler in ("line_interrupt", "ticks_wrap"))
    needed = deepest(graph, "main") + EXCEPTION_BYTES + interrupts
    stack = project.ram_bytes.stack
    assert stack is not None
    assert stack < needed <= stack_reserve(project, board)


def test_the_reserve_of_a_small_board_covers_the_longest_path() -> None:
    """Its interrupts save what they use themselves."""
    require_tool("riscv64-unknown-elf-gcc", "gcc-riscv64-unknown-elf")
    board = find_board("ch32v003")
    project, firmware = build(board.name, tiny_model())
    graph = call_graph(firmware.folder, board.name, "ram")
    needed = deepest(graph, "main") + deepest(graph, "vectors_uart")
    stack = project.ram_bytes.stack
    assert stack is not None
    assert stack < needed <= stack_reserve(project, board) == firmware.stack_bytes


def test_a_fault_is_reported_on_a_stack_that_suffices() -> None:
    require_tool("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    text = firmware_path("firmware", "cortex_m", "faults.c").read_text(encoding="utf-8")
    size = re.search(r"#define FAULT_STACK_BYTES (\d+)", text)
    assert size is not None
    board = find_board("microbit")
    folder = write_firmware(code_for(board.target), board, FirmwareOptions(), force=True)
    assert deepest(call_graph(folder, board.name), "fault_report") <= int(size[1])
