"""An MNIST network, all of it, in the 16 KB of flash and 2 KB of RAM of a CH32V003.

QEMU runs the target's code, and knows 32 registers whatever it is told: what is built is looked at.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cbcnn_codegen.elf import count_bytes, open_elf, read_sections
from cbcnn_codegen.ir import Graph, Input, Operation, Shape, Window, chain_graph
from cbcnn_codegen.ops.conv import Conv
from cbcnn_codegen.ops.dense import Dense
from cbcnn_codegen.ops.flatten import Flatten
from cbcnn_codegen.ops.max_pool import MaxPool
from cbcnn_codegen.ops.sign import Sign
from cbcnn_codegen.passes import lower
from cbcnn_codegen.verify.expect import expect_reference
from cbcnn_inputs.datasets import load_images
from support.ch32v003 import BRR, Ch32v003
from support.commands import ROOT
from support.generated import generate_code
from support.graph_files import graph_to_h5
from support.tools import require_module, require_tool
from target.test_counting_in_registers import CLASSES, SAME, norm

EXAMPLE = ROOT / "examples" / "ch32v003"
MODEL = ROOT / "examples" / "models" / "mnist-small" / "model.h5"
SERIAL_STACK = 48
"""Bytes that serial.c takes around the model."""

FLASH_BYTES, RAM_BYTES = 16 * 1024, 2 * 1024
RVE = 0x8
"""The flag of an ELF file whose code keeps to 16 registers (RISC-V ELF psABI, 8.1)."""

INSTRUCTION = re.compile(r"^ +[0-9a-f]+:\t[a-z][a-z.]*\t(.+)$", re.MULTILINE)
"""Its operands; tables are shown as numbers and letters."""

ABSENT = re.compile(r"\b(?:a[67]|s[2-9]|s1[01]|t[3-6]|x1[6-9]|x2\d|x3[01])\b")
"""Registers x16 to x31 by both of their names."""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, built by its Makefile."""
    require_tool("riscv64-unknown-elf-gcc", "gcc-riscv64-unknown-elf")
    folder = tmp_path_factory.mktemp("ch32v003")
    shutil.copytree(EXAMPLE, folder / "own")
    project = generate_code(
        MODEL, folder / "code", "rv32ec", optimize="size", measure=True, name="model"
    )
    stack = project.ram_bytes.stack
    assert stack is not None
    variables = [f"CODE={folder / 'code'}", f"STACK_BYTES={stack}"]
    made = subprocess.run(
        ["make", *variables], cwd=folder / "own", capture_output=True, text=True, check=False
    )
    assert (made.returncode, made.stderr) == (0, "")
    return folder / "own" / "ch32v003.elf"


def registers_of(program: Path) -> set[str]:
    """Absent registers that instructions of a program name; comments and names are left out."""
    listing = subprocess.run(
        ["riscv64-unknown-elf-objdump", "-d", "--no-show-raw-insn", program],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    instructions = INSTRUCTION.findall(listing)
    assert len(instructions) > 900
    return {
        name for text in instructions for name in ABSENT.findall(re.sub(r"<.*?>|#.*", "", text))
    }


def test_all_of_it_fits(program: Path) -> None:
    kinds = {".text": ("flash",), ".rodata": ("flash",), ".data": ("flash",), ".bss": ("ram",)}
    sizes = count_bytes(read_sections(program), kinds)
    assert FLASH_BYTES * 0.99 < sizes["flash"] <= FLASH_BYTES
    assert sizes["ram"] < RAM_BYTES - 240, "the linker has left room for the stack"


def test_no_register_is_named_that_the_chip_lacks(program: Path) -> None:
    """Not by functions of the compiler's library either."""
    assert registers_of(program) == set()
    with open_elf(program) as elf:
        assert elf.header["e_flags"] & RVE


def test_registers_that_the_chip_lacks_are_found(program: Path) -> None:
    """The test can fail: the same program for a core that has them."""
    text = (program.parent / "Makefile").read_text(encoding="utf-8")
    other = text.replace("-march=rv32ec -mabi=ilp32e", "-march=rv32ic -mabi=ilp32")
    assert other != text
    (program.parent / "Makefile").write_text(other, encoding="utf-8")
    code = program.parent.parent / "code"
    wide = ["make", "-B", f"CODE={code}", "ch32v003.elf", "STACK_BYTES=16"]
    made = subprocess.run(wide, cwd=program.parent, capture_output=True, text=True, check=False)
    (program.parent / "Makefile").write_text(text, encoding="utf-8")
    assert made.returncode == 0, made.stderr
    assert registers_of(program) != set()


def test_a_stack_that_does_not_fit_is_told_by_the_linker(program: Path) -> None:
    code = program.parent.parent / "code"
    made = subprocess.run(
        ["make", "-B", f"CODE={code}", "STACK_BYTES=400"],
        cwd=program.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode != 0
    assert "no room for the stack" in made.stderr


def build_serial(folder: Path, model: Path) -> tuple[subprocess.CompletedProcess[str], Path]:
    """The example's serial program around a model."""
    require_tool("riscv64-unknown-elf-gcc", "gcc-riscv64-unknown-elf")
    shutil.copytree(EXAMPLE, folder / "own")
    project = generate_code(
        model, folder / "code", "rv32ec", optimize="size", measure=True, name="model"
    )
    stack = project.ram_bytes.stack
    assert stack is not None
    variables = [f"CODE={folder / 'code'}", f"STACK_BYTES={stack + SERIAL_STACK}"]
    made = subprocess.run(
        ["make", "MAIN=serial.c", *variables],
        cwd=folder / "own",
        capture_output=True,
        text=True,
        check=False,
    )
    return made, folder / "own" / "ch32v003.elf"


def smaller_network() -> Graph:
    """`mnist-small` with 48 filters in place of 64 in its last blocks, weights at random."""
    rng = np.random.default_rng(4)  # one whose answers differ

    def block(index: int, filters: int, channels: int) -> tuple[Operation, ...]:
        weights = rng.choice([-1, 1], (filters, 3, 3, channels)).astype(np.int8)
        return (
            Conv(f"conv_{index}", weights, SAME, pad=1.0),
            MaxPool(f"pool_{index}", Window(2, 2, 2, 2)),
            norm(rng, f"norm_{index}", filters, 400 if index == 1 else 30),
            Sign(f"sign_{index}", 1),
        )

    ops = (
        *block(1, 32, 1),
        *block(2, 64, 32),
        *block(3, 48, 64),
        *block(4, 48, 48),
        Flatten("flatten"),
        Dense("dense", rng.choice([-1, 1], (CLASSES, 1, 1, 48)).astype(np.int8)),
        replace(norm(rng, "norm_5", CLASSES, 3), fused=False),
    )
    return chain_graph("network", Input("image", Shape(28, 28, 1), "uint8"), ops)


def test_a_smaller_network_answers_over_the_serial_line_of_the_chip(tmp_path: Path) -> None:
    """The program as it would be flashed, in an emulated core with a USART beside it."""
    require_module("unicorn", "dev")
    graph = smaller_network()
    model = tmp_path / "model.h5"
    graph_to_h5(graph, model)
    made, program = build_serial(tmp_path, model)
    assert (made.returncode, made.stderr) == (0, "")
    assert registers_of(program) == set()
    sections = read_sections(program)
    assert sections[".text"] + sections[".rodata"] == pytest.approx(13_400, rel=0.02)
    lowered = lower(graph)
    images = load_images(MODEL.parent / "samples", limit=6).images[..., None]
    expected = expect_reference(lowered, images, traced=False)
    assert expected.decisions is not None
    answers = expected.decisions.answers
    assert len(set(answers)) > 1
    chip = Ch32v003(program)
    assert chip.run(images.tobytes(), len(images)) == [f"class {answer}" for answer in answers]
    assert chip.registers[BRR] == 208, "24 MHz / 115,200"
    assert chip.registers[0x2_1004] == 0, "the clock is not divided by 3"


def test_the_linker_says_that_a_network_leaves_no_room_for_the_serial_line(tmp_path: Path) -> None:
    made, program = build_serial(tmp_path, MODEL)
    assert made.returncode != 0
    lacking = re.search(r"FLASH. overflowed by (\d+) bytes", made.stderr)
    assert lacking is not None
    assert int(lacking[1]) == pytest.approx(300, abs=60), "as the example's README says"
    assert not program.exists()
