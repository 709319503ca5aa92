"""Arm Cortex-M3."""

from __future__ import annotations

from typing import Final

from cbcnn_codegen.targets import narrow
from cbcnn_codegen.targets.armv7m import PRICES, Armv7M
from cbcnn_codegen.targets.cortex_m import MPS2_MEMORY, arm_machine
from cbcnn_codegen.targets.floats import ARMV7M_SOFTWARE
from cbcnn_codegen.targets.target import KIB
from cbcnn_codegen.targets.timing.instructions import Kind
from cbcnn_codegen.targets.timing.serial import SerialTiming

TARGET: Final = Armv7M(
    name="cortex-m3",
    title="Arm Cortex-M3, ARMv7-M",
    flags=("-mcpu=cortex-m3", "-mthumb"),
    flash_bytes=128 * KIB,
    ram_bytes=20 * KIB,
    emulator=arm_machine("mps2-an385", *MPS2_MEMORY),
    unicorn="UC_CPU_ARM_CORTEX_M3",
    has_float_unit=False,
    prices={**PRICES, **ARMV7M_SOFTWARE, **narrow.ARMV7M},
    timing=SerialTiming(
        source="Cortex-M3 Technical Reference Manual (DDI 0337I), table 3-1",
        cycles={
            Kind.LOAD: 2,
            Kind.TABLE_BRANCH: 2,
            Kind.MULTIPLY_ADD: 2,
            Kind.MULTIPLY_LONG: 5,
            Kind.MULTIPLY_ADD_LONG: 7,
            Kind.DIVIDE: 12,
            Kind.SYSTEM: 2,
        },
        paired_load=1,
        taken={},
        # A taken branch refills the pipeline: of the manual's 1 to 3 cycles, 2 are usual.
        taken_otherwise=2,
    ),
    clock_mhz=72,  # STM32F1
    cycles_per_instruction=1.21,
)
