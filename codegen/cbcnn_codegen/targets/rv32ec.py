"""RISC-V RV32EC, 16 registers and no multiplication, as in WCH's CH32V003.

QEMU does not trap the registers that such a core lacks: a test looks for them in what is compiled.
"""

from __future__ import annotations

from typing import Final

from cbcnn_codegen.targets.rv32 import Rv32, virt_machine
from cbcnn_codegen.targets.target import KIB, SMALL, FirmwareCore

_SMALLER: Final = (*SMALL, "-fno-tree-loop-im", "-fno-tree-loop-distribute-patterns")
"""What is moved in front of a loop takes registers, and a call of memset more than its loop: 94
bytes of `mnist-small`'s code, which then fits the chip."""

_FIRMWARE: Final = FirmwareCore(
    family="qingke",
    link_flags=("-nostartfiles", "-T", "board.ld"),
    gdb_architecture=None,
    flash_bytes=8_800,
    flash_bytes_for={"ram": 6_300, "size": 6_300},
    stack_bytes=232,
    ram_bytes=144,
)
"""On WCH's QingKe V2, the core of this chip."""

TARGET: Final = Rv32(
    name="rv32ec",
    title="RISC-V RV32EC, CH32V003",
    isas=("portable",),
    flags=("-march=rv32ec", "-mabi=ilp32e", "-msave-restore"),
    optimise_for={"ram": _SMALLER, "size": _SMALLER},
    flash_bytes=16 * KIB,
    ram_bytes=2 * KIB,
    emulator=virt_machine("-cpu", "rv32,i=off,e=on,h=off"),
    firmware=_FIRMWARE,
)
