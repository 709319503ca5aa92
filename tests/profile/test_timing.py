"""Estimated cycles follow the tables, instruction by instruction."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from cbcnn_codegen.profile.decode import Decoder
from cbcnn_codegen.targets import TARGETS, find_target
from cbcnn_codegen.targets.timing import Timing
from cbcnn_codegen.targets.timing.instructions import Instruction, Kind
from support.tools import require_module, require_tool

ARMV6M = ("cortex-m0", "cortex-m0plus")


def decode(text: str, folder: Path, cpu: str = "cortex-m4") -> tuple[Instruction, ...]:
    """Assemble one line for each instruction and decode them as one block."""
    require_tool("arm-none-eabi-as", "binutils-arm-none-eabi")
    require_module("capstone", "profile")
    source, objects, code = (folder / name for name in ("a.s", "a.o", "a.bin"))
    source.write_text(f".syntax unified\n.thumb\n{text}\n", encoding="ascii")
    unit = [] if cpu in ARMV6M else ["-mfpu=fpv4-sp-d16"]
    subprocess.run(["arm-none-eabi-as", f"-mcpu={cpu}", *unit, source, "-o", objects], check=True)
    only = ["-O", "binary", "-j", ".text"]
    subprocess.run(["arm-none-eabi-objcopy", *only, objects, code], check=True)
    return Decoder().decode(code.read_bytes())


def timing_of(name: str) -> Timing:
    timing = find_target(name).timing
    assert timing is not None
    return timing


def cycles(name: str, text: str, folder: Path) -> list[int]:
    return timing_of(name).block(decode(text, folder, name), None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("add r0, r1, r2, lsl #3", [1]),
        ("mul r0, r1, r2\nmla r0, r1, r2, r3\nsmlad r0, r1, r2, r3", [1, 1, 1]),
        ("umull r0, r1, r2, r3\nsmlal r0, r1, r2, r3", [1, 1]),
        ("udiv r0, r1, r2\nsdiv r0, r1, r2", [12, 12]),
        ("ldr r0, [r1]", [2]),
        ("ldr r0, [r1]\nldr r2, [r1, #4]\nldrb r3, [r1]", [2, 1, 1]),
        ("ldr r0, [r1]\nldr r2, [r0]", [2, 2]),
        ("ldr r0, [r1], #4\nldr r2, [r1]", [2, 2]),
        ("str r0, [r1]\nldr r2, [r1]", [1, 1]),
        ("ldr r0, [r1]\nadd r0, r0, #1\nldr r2, [r1]", [2, 1, 2]),
        ("ldr r0, [r1]\nstr r0, [r2]\nstr r0, [r3]", [2, 1, 1]),
        ("ldm r0, {r1, r2, r3}\nstmdb r0!, {r1, r2, r3, r4}", [4, 5]),
        ("ldrd r0, r1, [r2]\nstrd r0, r1, [r2]", [3, 3]),
        ("ldrd r0, r1, [r2]\nldr r3, [r4]", [3, 2]),
        ("push {r4, r5, lr}\npop {r4, r5, pc}", [4, 4]),
        ("it eq\naddeq r0, r1", [1, 1]),
        ("itt ne\nldrne r0, [r1]\nldrne r2, [r1]", [1, 2, 1]),
        ("vldr s0, [r0]\nvadd.f32 s0, s0, s1\nvmla.f32 s0, s1, s2\nvdiv.f32 s0, s0, s1",
         [2, 1, 3, 14]),
    ],
)  # fmt: skip
def test_cortex_m4_cycles_are_those_of_its_manual(
    text: str, expected: list[int], tmp_path: Path
) -> None:
    assert cycles("cortex-m4", text, tmp_path) == expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("cortex-m3", "mul r0, r1, r2\nmla r0, r1, r2, r3\numull r0, r1, r2, r3", [1, 2, 5]),
        ("cortex-m3", "ldr r0, [r1]\nldr r2, [r1, #4]", [2, 1]),
        ("cortex-m0", "ldr r0, [r1]\nldr r2, [r1, #4]\nstr r0, [r1]", [2, 2, 2]),
        ("cortex-m0plus", "ldrb r0, [r1]\nstr r0, [r1]\nmuls r0, r1", [2, 2, 1]),
        ("cortex-m0", "ldm r0!, {r1, r2, r3}\npush {r4, lr}", [4, 3]),
    ],
)
def test_other_cores_differ_where_their_manuals_do(
    name: str, text: str, expected: list[int], tmp_path: Path
) -> None:
    assert cycles(name, text, tmp_path) == expected


@pytest.mark.parametrize(
    ("name", "branch", "call", "back"),
    [
        ("cortex-m0", 2, 3, 3),
        ("cortex-m0plus", 1, 2, 2),
        ("cortex-m3", 2, 2, 2),
        ("cortex-m4", 2, 2, 2),
    ],
)
def test_a_jump_costs_the_refilling_of_the_pipeline(
    name: str, branch: int, call: int, back: int, tmp_path: Path
) -> None:
    block = decode("1: bne 1b\nbl 1b\npop {r4, pc}\nbx lr", tmp_path, name)
    found = [timing_of(name).leave(instruction) for instruction in block]
    assert found == [branch, call, back, branch]


def test_a_load_pairs_with_the_load_before_the_block(tmp_path: Path) -> None:
    load, other = decode("ldr r0, [r1]\nldr r2, [r1, #4]", tmp_path)
    assert timing_of("cortex-m4").block([other], load) == [1]
    assert timing_of("cortex-m4").block([other], None) == [2]


@pytest.mark.parametrize(
    ("text", "total"),
    [
        ("add r0, r0, #1\nadd r1, r1, #1\nadd r2, r2, #1\nadd r3, r3, #1", 2),
        ("add r0, r0, #1\nadd r0, r0, #1", 2),
        ("ldr r0, [r1]\nldr r2, [r3]", 2),
        ("ldr r0, [r1]\nadd r3, r3, #1", 1),
        ("add r0, r1, r2, lsl #3\nadd r3, r4, r5, lsl #3", 2),
        ("ldm r0, {r1, r2, r3, r4}", 2),
    ],
)
def test_cortex_m7_starts_two_independent_instructions_at_once(
    text: str, total: int, tmp_path: Path
) -> None:
    assert sum(cycles("cortex-m7", text, tmp_path)) == total


@pytest.mark.parametrize(
    ("text", "total"),
    [
        ("ldr r0, [r1]\nadd r0, r0, #1", 3),
        ("ldr r0, [r1]\nadd r2, r2, #1\nadd r0, r0, #1", 3),
        ("ldr r0, [r1]\nstr r0, [r2]", 2),
        ("movs r0, #1\n1: bne 1b", 1),
        ("add.w r0, r1, #1\n1: bne 1b", 2),
        ("add r0, r1, r2, lsl #3\nadd r0, r0, #1", 3),
    ],
)
def test_cortex_m33_waits_for_results_and_folds_branches(
    text: str, total: int, tmp_path: Path
) -> None:
    assert sum(cycles("cortex-m33", text, tmp_path)) == total


def test_what_the_decoder_does_not_know_is_one_data_operation() -> None:
    require_module("capstone", "profile")
    unknown = bytes.fromhex("ffffffff 0120".replace(" ", ""))
    found = Decoder().decode(unknown)
    assert [instruction.kind for instruction in found] == [Kind.DATA, Kind.DATA]
    assert [instruction.wide for instruction in found] == [True, False]


def test_every_table_names_its_source_and_a_clock() -> None:
    timed = [target for target in TARGETS if target.timing is not None]
    assert [target for target in TARGETS if target.clock_mhz is not None] == timed
    assert all(target.timing.source for target in timed if target.timing is not None)
    assert len(timed) >= 6
