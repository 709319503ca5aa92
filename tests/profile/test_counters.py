"""Both counters give the number that counting by hand gives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cbcnn_codegen.profile.flow import OUTSIDE, Edge
from cbcnn_codegen.profile.layers import add_up
from cbcnn_codegen.profile.program import Program
from cbcnn_codegen.profile.qemu_counter import count_with_qemu
from cbcnn_codegen.profile.unicorn_counter import CountedRun, count_with_unicorn
from cbcnn_codegen.targets import TARGETS, find_target
from support.profiled import assemble, count_all, require_profiler

SOURCE = Path(__file__).with_name("small_program.S")
WARM_UP = 1 + 3 * 2 + 1
RUN = 5
BASELINE_FORWARD = 1 + 5 * 2 + 1
MAINLINE_FORWARD = BASELINE_FORWARD + 6 + 3
COUNTERS = [count_with_unicorn, count_with_qemu]
Counter = Callable[[Program, bytes], CountedRun]


def build(name: str, folder: Path) -> Program:
    target = find_target(name)
    require_profiler(target, qemu=True)
    mainline = [] if name.startswith("cortex-m0") else ["-DMAINLINE"]
    return assemble(SOURCE, target, folder, *mainline)


def count(counter: Counter, program: Program) -> CountedRun:
    """The program writes no output file."""
    (program.path.parent / "output.bin").write_bytes(b"")
    return counter(program, b"")


@pytest.mark.parametrize("counter", COUNTERS)
@pytest.mark.parametrize("name", [target.name for target in TARGETS if target.unicorn])
def test_a_counter_gives_the_number_counted_by_hand(
    name: str, counter: Counter, tmp_path: Path
) -> None:
    program = build(name, tmp_path)
    forward = BASELINE_FORWARD if name.startswith("cortex-m0") else MAINLINE_FORWARD
    assert count_all(count(counter, program).flow, program) == RUN + WARM_UP + forward


@pytest.mark.parametrize("counter", COUNTERS)
def test_a_run_begins_at_the_entry_and_ends_outside(counter: Counter, tmp_path: Path) -> None:
    program = build("cortex-m4", tmp_path)
    edges = count(counter, program).flow.edges
    assert [edge.block.address for edge in edges if edge.source == OUTSIDE] == [program.entry]
    assert [times for edge, times in edges.items() if edge.block == OUTSIDE] == [1]


@pytest.mark.parametrize("counter", COUNTERS)
def test_called_code_counts_for_its_caller(counter: Counter, tmp_path: Path) -> None:
    program = build("cortex-m4", tmp_path)
    edges = count(counter, program).flow.edges
    run, forward = sorted(program.forward, key=lambda where: where.start)
    layer_at = {**dict.fromkeys(run, 1), **dict.fromkeys(forward, 2)}
    work = add_up(count(counter, program).flow, program, layer_at, None)
    assert {layer: cost.instructions for layer, cost in work.items()} == {
        1: RUN + WARM_UP,
        2: MAINLINE_FORWARD,
    }
    assert all(isinstance(edge, Edge) for edge in edges)


CYCLES = {
    # push, movs, bl and warm-up (movs, 3 x (subs, bne), bx), bl and forward, pop
    "cortex-m0": 3 + 1 + 4 + (1 + 3 + 3 + 3 + 1 + 3) + 4 + (1 + 5 + 4 * 3 + 1 + 3) + 6,
    "cortex-m0plus": 3 + 1 + 3 + (1 + 3 + 2 + 2 + 1 + 2) + 3 + (1 + 5 + 4 * 2 + 1 + 2) + 5,
    # The forward function has 6 conditional and 3 crossing instructions more: b, nop, b.w.
    "cortex-m3": 3 + 1 + 3 + 14 + 3 + (1 + 5 + 4 * 3 + 1 + 6 + 3 + 1 + 1 + 3) + 5,
    "cortex-m4": 3 + 1 + 3 + 14 + 3 + (1 + 5 + 4 * 3 + 1 + 6 + 3 + 1 + 1 + 3) + 5,
}
"""b.w jumps to the next instruction, which looks like not jumping: one cycle."""


@pytest.mark.parametrize("counter", COUNTERS)
@pytest.mark.parametrize("name", CYCLES)
def test_estimated_cycles_are_those_of_the_manual(
    name: str, counter: Counter, tmp_path: Path
) -> None:
    program = build(name, tmp_path)
    layer_at = {address: 0 for where in program.forward for address in where}
    work = add_up(count(counter, program).flow, program, layer_at, find_target(name).timing)
    assert work[0].cycles == CYCLES[name]
