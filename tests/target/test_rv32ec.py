"""An MNIST network without firmware, all of it, in the 16 KB and 2 KB of a CH32V003.

QEMU runs the target's code, and knows 32 registers whatever it is told: what is built is looked at.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from cbcnn_codegen.elf import count_bytes, open_elf, read_sections
from cbcnn_codegen.locate_firmware import firmware_path
from support.commands import ROOT
from support.generated import generate_code
from support.riscv_listing import RVE, absent_registers
from support.tools import require_tool

EXAMPLE = ROOT / "examples" / "ch32v003"
MODEL = ROOT / "examples" / "models" / "mnist-small" / "model.h5"
FIRMWARE = f"FIRMWARE={firmware_path('firmware')}"
FLASH_BYTES, RAM_BYTES = 16 * 1024, 2 * 1024


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
    variables = [f"CODE={folder / 'code'}", FIRMWARE, f"STACK_BYTES={stack}"]
    made = subprocess.run(
        ["make", *variables], cwd=folder / "own", capture_output=True, text=True, check=False
    )
    assert (made.returncode, made.stderr) == (0, "")
    return folder / "own" / "ch32v003.elf"


def test_all_of_it_fits(program: Path) -> None:
    kinds = {".text": ("flash",), ".rodata": ("flash",), ".data": ("flash",), ".bss": ("ram",)}
    sizes = count_bytes(read_sections(program), kinds)
    assert FLASH_BYTES * 0.99 < sizes["flash"] <= FLASH_BYTES
    assert sizes["ram"] < RAM_BYTES - 240, "the linker has left room for the stack"


def test_no_register_is_named_that_the_chip_lacks(program: Path) -> None:
    """Not by functions of the compiler's library either."""
    assert absent_registers(program, least=900) == set()
    with open_elf(program) as elf:
        assert elf.header["e_flags"] & RVE


def test_registers_that_the_chip_lacks_are_found(program: Path) -> None:
    """The test can fail: the same program for a core that has them."""
    text = (program.parent / "Makefile").read_text(encoding="utf-8")
    other = text.replace("-march=rv32ec -mabi=ilp32e", "-march=rv32ic -mabi=ilp32")
    assert other != text
    (program.parent / "Makefile").write_text(other, encoding="utf-8")
    code = program.parent.parent / "code"
    wide = ["make", "-B", f"CODE={code}", FIRMWARE, "ch32v003.elf", "STACK_BYTES=16"]
    made = subprocess.run(wide, cwd=program.parent, capture_output=True, text=True, check=False)
    (program.parent / "Makefile").write_text(text, encoding="utf-8")
    assert made.returncode == 0, made.stderr
    assert absent_registers(program, least=900) != set()


def test_a_stack_that_does_not_fit_is_told_by_the_linker(program: Path) -> None:
    code = program.parent.parent / "code"
    made = subprocess.run(
        ["make", "-B", f"CODE={code}", FIRMWARE, "STACK_BYTES=400"],
        cwd=program.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode != 0
    assert "no room for the stack" in made.stderr
