"""What a program for a RISC-V core with 16 registers must not name."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Final

RVE: Final = 0x8
"""The flag of an ELF file whose code keeps to 16 registers (RISC-V ELF psABI, 8.1)."""

_INSTRUCTION: Final = re.compile(r"^ +[0-9a-f]+:\t[a-z][a-z.]*\t(.+)$", re.MULTILINE)
"""Its operands; tables are shown as numbers and letters."""

_ABSENT: Final = re.compile(r"\b(?:a[67]|s[2-9]|s1[01]|t[3-6]|x1[6-9]|x2\d|x3[01])\b")
"""Registers x16 to x31 by both of their names."""


def absent_registers(program: Path, least: int) -> set[str]:
    """Registers above x15 that instructions of a program name; comments and names are left out.

    It has at least so many instructions: a disassembly that shows none proves nothing.
    """
    listing = subprocess.run(
        ["riscv64-unknown-elf-objdump", "-d", "--no-show-raw-insn", program],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    instructions = _INSTRUCTION.findall(listing)
    assert len(instructions) >= least
    return {
        name for text in instructions for name in _ABSENT.findall(re.sub(r"<.*?>|#.*", "", text))
    }
