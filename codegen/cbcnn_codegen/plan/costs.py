"""What the pieces of a kernel's work cost in instructions, for each family of processors.

The prices are fitted to counts of emulated cores over layers of many shapes, by
`python -m benchmarks.fit_costs`, which prints this table. A test demands that predictions for the
shipped models are within 15 % of what is counted. Those of `distinct_…` on Armv7-M and RV32 were
solved from three shipped models, in which filters repeat. Those of `host`, where nothing is
counted, and of pooled signs are read off the code. Code that is compiled for `size` takes more
instructions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PRICES: Final[Mapping[str, Mapping[str, float]]] = {
    "armv6m": {
        "bucket_codes": 21.09,
        "bucket_outputs": 0.0,
        "bucket_planes": 115.5,
        "bucket_sums": 704.08,
        "bucket_taps": 47.57,
        "conv_filters": 172.64,
        "conv_runs": 6.56,
        "conv_words": 15.35,
        "dense_groups": 17.73,
        "dense_units": 149.77,
        "dense_words": 15.12,
        "distinct_filters": 150.0,
        "distinct_kernels": 1100.0,
        "distinct_tables": 20464.71,
        "patch_words": 4.94,
        "patches": 1588.57,
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
        "sliced_blocks": 571.72,
        "sliced_filters": 306.53,
        "sliced_starts": 306.53,
        "sliced_words": 3000.68,
        "values": 16.52,
    },
    "armv7m": {
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
        "distinct_filters": 104.0,
        "distinct_kernels": 685.0,
        "distinct_tables": 9836.0,
        "patch_words": 0.0,
        "patches": 767.54,
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
        "sliced_blocks": 425.8,
        "sliced_filters": 34.36,
        "sliced_starts": 339.55,
        "sliced_words": 1936.06,
        "values": 10.6,
    },
    "rv32imac": {
        "bucket_codes": 16.32,
        "bucket_outputs": 11.13,
        "bucket_planes": 68.33,
        "bucket_sums": 678.6,
        "bucket_taps": 17.22,
        "conv_filters": 146.51,
        "conv_runs": 3.58,
        "conv_words": 11.21,
        "dense_groups": 12.61,
        "dense_units": 141.04,
        "dense_words": 10.28,
        "distinct_filters": 148.0,
        "distinct_kernels": 1066.0,
        "distinct_tables": 9497.0,
        "patch_words": 13.8,
        "patches": 859.3,
        "plane_filters": 2.86,
        "plane_groups": 8.58,
        "plane_sums": 200.25,
        "point_channels": 20.57,
        "point_words": 20.04,
        "pool_pixels": 22.0,
        "pool_words": 8.8,
        "quad_filters": 8.61,
        "quad_pairs": 19.76,
        "quad_sums": 10.04,
        "quad_taps": 98.17,
        "sliced_blocks": 741.79,
        "sliced_filters": 362.72,
        "sliced_starts": 362.72,
        "sliced_words": 2486.74,
        "values": 9.06,
    },
    "host": {
        "bucket_codes": 8.0,
        "bucket_outputs": 60.0,
        "bucket_planes": 20.0,
        "bucket_sums": 400.0,
        "bucket_taps": 25.0,
        "conv_filters": 15.0,
        "conv_runs": 3.0,
        "conv_words": 3.0,
        "dense_groups": 7.0,
        "dense_units": 12.0,
        "dense_words": 3.0,
        "distinct_filters": 500.0,
        "distinct_kernels": 1500.0,
        "distinct_tables": 20000.0,
        "patch_words": 2.0,
        "patches": 500.0,
        "plane_filters": 0.0,
        "plane_groups": 8.0,
        "plane_sums": 150.0,
        "point_channels": 15.0,
        "point_words": 6.0,
        "pool_pixels": 20.0,
        "pool_words": 8.0,
        "quad_filters": 0.6,
        "quad_pairs": 1.0,
        "quad_sums": 0.6,
        "quad_taps": 25.0,
        "sliced_blocks": 620.0,
        "sliced_filters": 60.0,
        "sliced_starts": 150.0,
        "sliced_words": 3000.0,
        "values": 8.0,
    },
}


def price(work: Mapping[str, float], family: str) -> int:
    """Instructions, roughly.

    Args:
        work: how many of each piece.
        family: a key of `PRICES`.
    """
    prices = PRICES[family]
    return round(sum(count * prices[piece] for piece, count in work.items()))
