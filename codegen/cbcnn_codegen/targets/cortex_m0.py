"""Arm Cortex-M0."""

from __future__ import annotations

from typing import Final

from cbcnn_codegen.targets.armv6m import Armv6M
from cbcnn_codegen.targets.cortex_m import MICROBIT, CortexMFirmware
from cbcnn_codegen.targets.target import KIB
from cbcnn_codegen.targets.timing.instructions import Kind
from cbcnn_codegen.targets.timing.serial import SerialTiming

TARGET: Final = Armv6M(
    name="cortex-m0",
    title="Arm Cortex-M0, ARMv6-M",
    flags=("-mcpu=cortex-m0", "-mthumb"),
    flash_bytes=256 * KIB,
    ram_bytes=16 * KIB,
    emulator=MICROBIT,
    unicorn="UC_CPU_ARM_CORTEX_M0",
    timing=SerialTiming(
        source="Cortex-M0 Technical Reference Manual (DDI 0432C), table 3-1, "
        "single-cycle multiplier",
        cycles={Kind.LOAD: 2, Kind.STORE: 2, Kind.SYSTEM: 4},
        paired_load=None,
        taken={Kind.CALL: 3, Kind.LOAD_MANY: 3},
        taken_otherwise=2,
    ),
    clock_mhz=48,  # STM32F0
    cycles_per_instruction=1.29,
    firmware=CortexMFirmware(has_vtor=False, has_dwt=False, has_fault_status=False),
)
