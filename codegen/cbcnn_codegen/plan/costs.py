"""What the pieces of a kernel's work cost in instructions, for each family of processors.

The prices are fitted to counts of emulated cores over layers of many shapes, by
`python -m benchmarks.fit_costs`, which prints this table. A test demands that predictions for the
shipped models are within 15 % of what is counted. Those of `host`, where nothing is counted, and of
pooled signs are read off the code. Code that is compiled for `size` takes more instructions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PRICES: Final[Mapping[str, Mapping[str, float]]] = {
    "armv6m": {
        "conv_filters": 172.75,
        "conv_runs": 6.57,
        "conv_words": 15.34,
        "dense_groups": 14.38,
        "dense_units": 149.77,
        "dense_words": 15.12,
        "patch_words": 5.54,
        "patches": 1578.53,
        "plane_filters": 0.0,
        "plane_groups": 13.66,
        "plane_sums": 263.49,
        "pool_pixels": 28.0,
        "pool_words": 11.2,
        "quad_filters": 0.31,
        "quad_pairs": 32.56,
        "quad_sums": 12.95,
        "quad_taps": 166.39,
        "sliced_blocks": 921.88,
        "sliced_filters": 424.44,
        "sliced_starts": 424.44,
        "sliced_words": 3942.47,
        "values": 16.52,
    },
    "armv7m": {
        "conv_filters": 121.48,
        "conv_runs": 3.56,
        "conv_words": 10.84,
        "dense_groups": 10.5,
        "dense_units": 106.81,
        "dense_words": 10.14,
        "patch_words": 0.0,
        "patches": 758.43,
        "plane_filters": 0.0,
        "plane_groups": 9.88,
        "plane_sums": 193.36,
        "pool_pixels": 20.0,
        "pool_words": 8.0,
        "quad_filters": 5.78,
        "quad_pairs": 18.14,
        "quad_sums": 5.92,
        "quad_taps": 141.89,
        "sliced_blocks": 438.61,
        "sliced_filters": 31.48,
        "sliced_starts": 342.55,
        "sliced_words": 2414.2,
        "values": 10.6,
    },
    "rv32imac": {
        "conv_filters": 146.44,
        "conv_runs": 3.56,
        "conv_words": 11.22,
        "dense_groups": 12.6,
        "dense_units": 141.04,
        "dense_words": 10.28,
        "patch_words": 13.49,
        "patches": 865.92,
        "plane_filters": 0.0,
        "plane_groups": 10.49,
        "plane_sums": 200.35,
        "pool_pixels": 22.0,
        "pool_words": 8.8,
        "quad_filters": 7.04,
        "quad_pairs": 20.41,
        "quad_sums": 7.83,
        "quad_taps": 116.79,
        "sliced_blocks": 727.51,
        "sliced_filters": 404.46,
        "sliced_starts": 404.46,
        "sliced_words": 3143.22,
        "values": 9.06,
    },
    "host": {
        "conv_filters": 15.0,
        "conv_runs": 3.0,
        "conv_words": 3.0,
        "dense_groups": 7.0,
        "dense_units": 12.0,
        "dense_words": 3.0,
        "patch_words": 2.0,
        "patches": 500.0,
        "plane_filters": 0.0,
        "plane_groups": 8.0,
        "plane_sums": 150.0,
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
