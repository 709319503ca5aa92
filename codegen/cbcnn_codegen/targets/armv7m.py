"""Armv7-M and its successors: Cortex-M3, M4, M7, M33 and M55.

The prices are fitted to what an emulated Cortex-M4 counts over layers of many shapes, by
`python -m benchmarks.fit_costs`, which prints this table. Those of `distinct_…` were solved from
three shipped models, in which filters repeat; those of pooled signs and of blocks are read off the
code.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from cbcnn_codegen.targets import narrow
from cbcnn_codegen.targets.cortex_m import CortexM, CortexMFirmware
from cbcnn_codegen.targets.floats import HARDWARE
from cbcnn_codegen.targets.joins import ARMV7M
from cbcnn_codegen.targets.target import FirmwareCore, Prices

PRICES: Final[Prices] = {
    "block_words": 450.0,
    "blocks": 350.0,
    "bucket_codes": 8.16,
    "bucket_outputs": 33.5,
    "bucket_planes": 62.65,
    "bucket_sums": 287.71,
    "bucket_taps": 4.27,
    "conv_filters": 121.4,
    "conv_runs": 3.59,
    "conv_words": 10.82,
    "dense_groups": 11.29,
    "dense_units": 106.81,
    "dense_words": 10.14,
    "distinct_channels": 1802.4,
    "distinct_filters": 104.0,
    "distinct_kernels": 685.0,
    "distinct_tables": 9836.0,
    "patch_words": 0.0,
    "patches": 767.54,
    "plane_colours": 37.91,
    "plane_filters": 3.09,
    "plane_groups": 9.26,
    "plane_sums": 142.51,
    "point_channels": 21.75,
    "point_words": 19.44,
    "pool_pixels": 20.0,
    "pool_words": 8.0,
    "quad_filters": 3.77,
    "quad_pairs": 21.06,
    "quad_sums": 12.7,
    "quad_taps": 87.56,
    "raised_filters": 143.45,
    "raised_patches": 36.71,
    "raised_rows": 96.72,
    "raised_runs": 1.69,
    "raised_words": 9.27,
    "sliced_blocks": 425.8,
    "sliced_filters": 34.36,
    "sliced_starts": 339.55,
    "sliced_words": 1936.06,
    **HARDWARE,
    **narrow.DSP,
    **ARMV7M,
    "values": 10.6,
}

_FIRMWARE: Final = CortexMFirmware()


@dataclass(frozen=True, kw_only=True)
class Armv7M(CortexM):
    """A core of Armv7-M, Armv8-M Mainline or Armv8.1-M."""

    isas: tuple[str, ...] = ("armv7m", "portable")
    prices: Prices = field(default_factory=lambda: PRICES, hash=False)
    firmware: FirmwareCore | None = _FIRMWARE
