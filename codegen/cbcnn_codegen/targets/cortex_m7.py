"""Arm Cortex-M7 with caches and float64."""

from __future__ import annotations

from typing import Final

from cbcnn_codegen.targets.armv7m import Armv7M
from cbcnn_codegen.targets.cortex_m import MPS2_MEMORY, CortexMFirmware, arm_machine
from cbcnn_codegen.targets.target import KIB
from cbcnn_codegen.targets.timing.instructions import Kind
from cbcnn_codegen.targets.timing.pipelined import LONG, RESULTS, PipelinedTiming

TARGET: Final = Armv7M(
    name="cortex-m7",
    title="Arm Cortex-M7F, ARMv7E-M",
    flags=("-mcpu=cortex-m7", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv5-d16"),
    flash_bytes=2048 * KIB,
    ram_bytes=512 * KIB,
    emulator=arm_machine("mps2-an500", *MPS2_MEMORY),
    unicorn="UC_CPU_ARM_CORTEX_M7",
    timing=PipelinedTiming(
        source="measured on STM32H7 by others (quinapalus.com/cm7cycles.html, "
        "github.com/jnk0le/random), main rules alone, all branches predicted",
        occupies=LONG,
        latency={**RESULTS, Kind.FLOAT: 3, Kind.FLOAT_MULTIPLY_ADD: 6},
        early_extra=1,
        shifted_latency=1,
        narrow_load_extra=1,
        words_per_cycle=2,
        dual_issue=True,
        folds_branches=False,
        # A branch that is predicted, and in loops nearly all are, costs nothing but its place.
        taken_otherwise=0,
    ),
    clock_mhz=216,  # STM32F7
    cycles_per_instruction=0.73,
    firmware=CortexMFirmware(has_caches=True),
)
