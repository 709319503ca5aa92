"""Arm Cortex-M55, whose vector extension GCC may use. No public source tells its cycles."""

from __future__ import annotations

from typing import Final

from cbcnn_codegen.targets.armv7m import Armv7M
from cbcnn_codegen.targets.cortex_m import arm_machine
from cbcnn_codegen.targets.target import KIB

TARGET: Final = Armv7M(
    name="cortex-m55",
    title="Arm Cortex-M55 with MVE, ARMv8.1-M Mainline",
    flags=("-mcpu=cortex-m55", "-mthumb", "-mfloat-abi=hard"),
    flash_bytes=1024 * KIB,
    ram_bytes=512 * KIB,
    emulator=arm_machine("mps3-an547", (0x0000_0000, 512 * KIB), (0x2000_0000, 512 * KIB)),
)
