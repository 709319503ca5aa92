"""Loops in registers equal their portable files and give callers their registers back.

Each is called by itself on an emulated core, all registers that a caller may keep values in filled
with numbers of their own.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cbcnn_codegen.elf import open_elf
from cbcnn_codegen.locate_firmware import firmware_path
from cbcnn_codegen.targets import Target, find_target
from support.tools import require_tool

PROBES = Path(__file__).with_name("register_probes.c")
TARGETS = [find_target(name) for name in ("cortex-m0plus", "cortex-m3", "cortex-m4", "cortex-m33")]
CODE, RAM, STACK = 0x0001_0000, 0x2000_0000, 0x2002_0000
RAM_BYTES = STACK - RAM
SAVED = tuple(f"UC_ARM_REG_R{number}" for number in range(4, 12))
SEEDS = range(12)
MOST_FOURS = 127
DIGITS = 12


class Memory:
    """What a function finds in RAM, and the places of what was put there."""

    def __init__(self) -> None:
        self.octets = bytearray()

    def put(self, values: Any) -> int:
        """Put values of some type; returns their address."""
        address = RAM + len(self.octets)
        self.octets += np.ascontiguousarray(values).tobytes()
        self.octets += bytes(-len(self.octets) % 4)
        return address


def words(rng: np.random.Generator, *shape: int) -> Any:
    """Random ones, or all or none of the bits set."""
    drawn = rng.integers(0, 2**32, shape, np.uint32)
    choice = rng.integers(0, 4)
    return np.full_like(drawn, 2**32 - 1) if choice == 0 else drawn * np.uint32(choice > 1)


def count_buckets(rng: np.random.Generator, memory: Memory) -> Sequence[int]:
    sizes = rng.choice(np.array([0, 1, 2, 3, 4, 5, 7, 18, MOST_FOURS], np.uint8), 16)
    planes = words(rng, 64)
    places = 4 * rng.integers(0, 64, 4 * int(sizes.sum()), np.uint32)
    numbers = np.zeros((8, DIGITS), np.uint32)
    return [memory.put(values) for values in (planes, places, sizes, numbers)]


def sum_buckets(rng: np.random.Generator, memory: Memory) -> Sequence[int]:
    buckets, starts = memory.put(words(rng, 8, DIGITS)), memory.put(words(rng, 4, DIGITS))
    fired = memory.put(np.zeros(4, np.uint32))
    return buckets, starts, int(rng.choice([1, 5, 9, 11])), fired


def list_row(rng: np.random.Generator, memory: Memory) -> Sequence[int]:
    count = int(rng.integers(1, 20))
    codes = memory.put(words(rng, count))
    lists = memory.put(np.zeros(16 * 8 * count, np.uint32))
    ends = memory.put(lists + 4 * 8 * count * np.arange(16, dtype=np.uint32))
    return codes, count, ends, 4 * int(rng.integers(0, 9)), 4 * int(rng.integers(1, 99))


def count_matches(rng: np.random.Generator, memory: Memory) -> Sequence[int]:
    blocks = int(rng.integers(1, 4))
    tables, filter_words = words(rng, blocks * 32, 8, 2), words(rng, 3 * blocks)
    planes = np.zeros(DIGITS, np.uint32)
    addresses = [memory.put(values) for values in (tables, filter_words, planes)]
    return [*addresses[:2], blocks, addresses[2], addresses[2] + planes.nbytes]


FUNCTIONS: Mapping[str, Callable[[np.random.Generator, Memory], Sequence[int]]] = {
    function.__name__: function
    for function in (count_buckets, sum_buckets, list_row, count_matches)
}


@cache
def build(target: Target, isas: tuple[str, ...]) -> tuple[bytes, Mapping[str, int]]:
    """The code from CODE on, and the addresses of the probes."""
    require_tool(target.compiler[0], target.toolchain.packages)
    require_tool("qemu-system-arm", "qemu-system-arm")
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "probes.elf"
        tuned = [firmware_path("kernels", isa) for isa in isas if isa != "portable"]
        headers = [
            str(path) for folder in tuned for path in sorted(folder.glob("*_in_registers.h"))
        ]
        includes = [f"-I{firmware_path('kernels', 'portable')}"]
        includes += [part for header in headers for part in ("-include", header)]
        flags = [*target.flags, *target.optimise, *target.library_flags, "-std=c99", *includes]
        flags += ["-DCBCNN_WORD_BITS=32", "-nostartfiles", "-Wl,--entry=0", f"-Wl,-Ttext={CODE:#x}"]
        command = [*target.compiler, *flags, str(PROBES), "-o", str(program)]
        subprocess.run(command, check=True, capture_output=True)
        with open_elf(program) as elf:
            code = elf.get_section_by_name(".text").data()
            symbols = elf.get_section_by_name(".symtab").iter_symbols()
            return code, {symbol.name: symbol["st_value"] for symbol in symbols}


def call(target: Target, isas: tuple[str, ...], name: str, seed: int) -> bytes:
    """RAM after a call, all registers that it has to save unchanged."""
    unicorn, arm = pytest.importorskip("unicorn"), pytest.importorskip("unicorn.arm_const")
    code, symbols = build(target, isas)
    memory = Memory()
    arguments = FUNCTIONS[name](np.random.default_rng(seed), memory)
    core = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
    core.ctl_set_cpu_model(getattr(arm, target.unicorn or ""))
    core.mem_map(CODE, 0x1_0000)
    core.mem_map(RAM, RAM_BYTES)
    core.mem_write(CODE, code)
    core.mem_write(RAM, bytes(memory.octets))
    place = STACK - 64
    core.mem_write(place, b"".join(int(value).to_bytes(4, "little") for value in arguments[4:]))
    for number, value in enumerate(arguments[:4]):
        core.reg_write(getattr(arm, f"UC_ARM_REG_R{number}"), int(value))
    kept = {getattr(arm, register): 0x1357_0001 * (i + 1) for i, register in enumerate(SAVED)}
    kept[arm.UC_ARM_REG_SP] = place
    for register, value in kept.items():
        core.reg_write(register, value & 0xFFFF_FFFF)
    back = CODE + 0xFFF0
    core.reg_write(arm.UC_ARM_REG_LR, back | 1)
    core.emu_start(symbols[f"probe_{name}"] | 1, back)
    assert core.reg_read(arm.UC_ARM_REG_PC) == back
    found = {register: core.reg_read(register) for register in kept}
    assert found == {register: value & 0xFFFF_FFFF for register, value in kept.items()}
    return bytes(core.mem_read(RAM, len(memory.octets)))


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_a_loop_in_registers_equals_the_portable_one_and_saves_registers(
    target: Target, name: str
) -> None:
    for seed in SEEDS:
        tuned = call(target, target.isas, name, seed)
        portable = call(target, ("portable",), name, seed)
        if name == "sum_buckets":  # what it leaves of the buckets is not said
            tuned, portable = tuned[-16:], portable[-16:]
        assert tuned == portable, f"{name}, seed {seed}"


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_what_is_compared_is_not_the_portable_code_twice(target: Target) -> None:
    assert build(target, target.isas)[0] != build(target, ("portable",))[0]
