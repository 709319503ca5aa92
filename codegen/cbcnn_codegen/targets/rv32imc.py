"""RISC-V RV32IMC, without atomic instructions, as in ESP32-C3; QEMU has none here either."""

from __future__ import annotations

from typing import Final

from cbcnn_codegen.targets.rv32 import Rv32, virt_machine
from cbcnn_codegen.targets.target import KIB

TARGET: Final = Rv32(
    name="rv32imc",
    title="RISC-V RV32IMC",
    flags=("-march=rv32imc", "-mabi=ilp32"),
    flash_bytes=4096 * KIB,
    ram_bytes=400 * KIB,
    emulator=virt_machine("-cpu", "rv32,a=off"),
)
