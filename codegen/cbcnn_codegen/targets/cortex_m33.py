"""Arm Cortex-M33 with its unit for float32."""

from __future__ import annotations

from typing import Final

from cbcnn_codegen.targets.armv7m import Armv7M
from cbcnn_codegen.targets.cortex_m import arm_machine
from cbcnn_codegen.targets.target import KIB
from cbcnn_codegen.targets.timing.instructions import Kind
from cbcnn_codegen.targets.timing.pipelined import LONG, RESULTS, PipelinedTiming

TARGET: Final = Armv7M(
    name="cortex-m33",
    title="Arm Cortex-M33F, ARMv8-M Mainline",
    flags=("-mcpu=cortex-m33", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv5-sp-d16"),
    flash_bytes=512 * KIB,
    ram_bytes=256 * KIB,
    emulator=arm_machine("mps2-an505", (0x1000_0000, 4096 * KIB), (0x3800_0000, 2048 * KIB)),
    unicorn="UC_CPU_ARM_CORTEX_M33",
    timing=PipelinedTiming(
        source="measured on RP2350 by others (github.com/jnk0le/random, pipeline cycle test), "
        "main rules alone",
        occupies={**LONG, Kind.FLOAT_MULTIPLY_ADD: 3},
        latency={
            **RESULTS,
            Kind.LOAD: 2,
            Kind.LOAD_MANY: 2,
            Kind.FLOAT: 2,
            Kind.FLOAT_MULTIPLY_ADD: 3,
        },
        early_extra=0,
        shifted_latency=2,
        narrow_load_extra=0,
        words_per_cycle=1,
        dual_issue=False,
        folds_branches=True,
        # Calls and returns are assumed to refill the pipeline as on the Cortex-M4.
        taken_otherwise=2,
    ),
    clock_mhz=160,  # STM32U5
    cycles_per_instruction=1.18,
)
