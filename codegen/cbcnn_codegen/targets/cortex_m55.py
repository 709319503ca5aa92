"""Arm Cortex-M55: four words of lanes in a vector of MVE. No public source tells its cycles.

The prices of bit slicing were fitted once to what QEMU counts for the shipped models, which
`cbcnn-profile` shows; no command fits them again. The others are those of Armv7-M.
"""

from __future__ import annotations

from typing import Final

from cbcnn_codegen.targets.armv7m import PRICES as ARMV7M
from cbcnn_codegen.targets.armv7m import Armv7M
from cbcnn_codegen.targets.cortex_m import arm_machine
from cbcnn_codegen.targets.target import KIB, Prices

PRICES: Final[Prices] = {
    **ARMV7M,
    "bucket_codes": 5.83,
    "bucket_outputs": 122.94,
    "bucket_planes": 0.0,
    "bucket_sums": 584.76,
    "bucket_taps": 10.53,
    "sliced_blocks": 874.32,
    "sliced_filters": 745.14,
    "sliced_starts": 745.14,
    "sliced_words": 341.83,
}

TARGET: Final = Armv7M(
    name="cortex-m55",
    title="Arm Cortex-M55 with MVE, ARMv8.1-M Mainline",
    lane_words=4,
    vector_registers=r"\bq[0-7]\b",
    isas=("mve", "armv7m", "portable"),
    prices=PRICES,
    flags=("-mcpu=cortex-m55", "-mthumb", "-mfloat-abi=hard"),
    flash_bytes=1024 * KIB,
    ram_bytes=512 * KIB,
    emulator=arm_machine("mps3-an547", (0x0000_0000, 512 * KIB), (0x2000_0000, 512 * KIB)),
)
