"""Arm Cortex-M0+. Unicorn has no model of it; what it executes is what the M0 does."""

from __future__ import annotations

from typing import Final

from cbcnn_codegen.targets.armv6m import Armv6M
from cbcnn_codegen.targets.cortex_m import MICROBIT
from cbcnn_codegen.targets.target import KIB
from cbcnn_codegen.targets.timing.instructions import Kind
from cbcnn_codegen.targets.timing.serial import SerialTiming

TARGET: Final = Armv6M(
    name="cortex-m0plus",
    title="Arm Cortex-M0+, ARMv6-M",
    flags=("-mcpu=cortex-m0plus", "-mthumb"),
    flash_bytes=128 * KIB,
    ram_bytes=36 * KIB,
    emulator=MICROBIT,
    unicorn="UC_CPU_ARM_CORTEX_M0",
    timing=SerialTiming(
        source="Cortex-M0+ Technical Reference Manual (DDI 0484C), table 3-1, "
        "single-cycle multiplier",
        cycles={Kind.LOAD: 2, Kind.STORE: 2, Kind.SYSTEM: 3},
        paired_load=None,
        taken={Kind.CALL: 2, Kind.LOAD_MANY: 2},
        taken_otherwise=1,
    ),
    clock_mhz=64,  # STM32G0
    cycles_per_instruction=1.26,
)
