"""Arm Cortex-M4 with its unit for float32."""

from __future__ import annotations

from typing import Final

from cbcnn_codegen.targets.armv7m import Armv7M
from cbcnn_codegen.targets.cortex_m import MPS2_MEMORY, arm_machine
from cbcnn_codegen.targets.target import KIB
from cbcnn_codegen.targets.timing.instructions import Kind
from cbcnn_codegen.targets.timing.serial import SerialTiming

TARGET: Final = Armv7M(
    name="cortex-m4",
    title="Arm Cortex-M4F, ARMv7E-M",
    flags=("-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"),
    flash_bytes=1024 * KIB,
    ram_bytes=128 * KIB,
    emulator=arm_machine("mps2-an386", *MPS2_MEMORY),
    unicorn="UC_CPU_ARM_CORTEX_M4",
    timing=SerialTiming(
        source="Cortex-M4 Technical Reference Manual (DDI 0439D), tables 3-1 and 7-1",
        cycles={
            Kind.LOAD: 2,
            Kind.TABLE_BRANCH: 2,
            Kind.DIVIDE: 12,
            Kind.SYSTEM: 2,
            Kind.FLOAT_MULTIPLY_ADD: 3,
            Kind.FLOAT_DIVIDE: 14,
        },
        paired_load=1,
        taken={},
        taken_otherwise=2,
    ),
    clock_mhz=168,  # STM32F4
    cycles_per_instruction=1.27,
)
