"""Armv6-M: Cortex-M0 and M0+, whose 16-bit instructions reach eight registers.

The prices are fitted to what an emulated Cortex-M0+ counts over layers of many shapes, by
`python -m benchmarks.fit_costs`, which prints this table. Those of pooled signs and of
blocks are read off the code.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from cbcnn_codegen.targets import narrow
from cbcnn_codegen.targets.cortex_m import CortexM, CortexMFirmware
from cbcnn_codegen.targets.floats import ARMV6M_SOFTWARE
from cbcnn_codegen.targets.joins import ARMV6M
from cbcnn_codegen.targets.target import FirmwareCore, Prices

PRICES: Final[Prices] = {
    "block_words": 700.0,
    "blocks": 600.0,
    "bucket_codes": 11.59,
    "bucket_outputs": 15.79,
    "bucket_planes": 80.46,
    "bucket_sums": 507.75,
    "bucket_taps": 3.88,
    "conv_filters": 172.64,
    "conv_runs": 6.56,
    "conv_words": 15.35,
    "dense_groups": 17.73,
    "dense_units": 149.77,
    "dense_words": 15.12,
    "distinct_channels": 2419.95,
    "distinct_filters": 150.0,
    "distinct_kernels": 1100.0,
    "distinct_tables": 20464.71,
    "patch_words": 4.94,
    "patches": 1588.57,
    "plane_colours": 57.09,
    "plane_filters": 5.46,
    "plane_groups": 16.39,
    "plane_sums": 48.71,
    "point_channels": 33.18,
    "point_words": 30.68,
    "pool_pixels": 28.0,
    "pool_words": 11.2,
    "quad_filters": 7.2,
    "quad_pairs": 25.82,
    "quad_sums": 18.76,
    "quad_taps": 137.3,
    "raised_filters": 259.29,
    "raised_patches": 29.29,
    "raised_rows": 110.72,
    "raised_runs": 15.0,
    "raised_words": 10.19,
    "sliced_blocks": 571.72,
    "sliced_filters": 306.53,
    "sliced_starts": 306.53,
    "sliced_words": 3000.68,
    **ARMV6M_SOFTWARE,
    **narrow.ARMV6M,
    **ARMV6M,
    "values": 16.52,
}

_FIRMWARE: Final = CortexMFirmware(has_dwt=False, has_fault_status=False)


@dataclass(frozen=True, kw_only=True)
class Armv6M(CortexM):
    """A core of Armv6-M."""

    isas: tuple[str, ...] = ("armv6m", "portable")
    prices: Prices = field(default_factory=lambda: PRICES, hash=False)
    has_float_unit: bool = False
    firmware: FirmwareCore | None = _FIRMWARE
