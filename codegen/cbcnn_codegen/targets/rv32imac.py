"""RISC-V RV32IMAC, as in GD32VF103 and FE310."""

from __future__ import annotations

from typing import Final

from cbcnn_codegen.targets.rv32 import Rv32
from cbcnn_codegen.targets.target import KIB

TARGET: Final = Rv32(
    name="rv32imac",
    title="RISC-V RV32IMAC",
    flags=("-march=rv32imac", "-mabi=ilp32"),
    flash_bytes=128 * KIB,
    ram_bytes=32 * KIB,
)
