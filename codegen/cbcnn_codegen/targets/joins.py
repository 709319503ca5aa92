"""What joins of signs and integers cost, and their pooling.

The prices are fitted to what emulated cores count over networks of 8 to 64 channels, each family
by itself, by `python -m benchmarks.fit_joins TARGET`, which prints these tables. A compiler that
knows the sizes of the only layer of a kind unrolls its loops, so single small ones take less.
"""

from __future__ import annotations

from typing import Final

from cbcnn_codegen.targets.target import Prices

ARMV7M: Final[Prices] = {
    "integer_pools": 28.76,
    "join_copies": 2.09,
    "join_integers": 6.01,
    "join_pixels": 54.99,
    "join_words": 20.82,
    "maxima_pooled": 9.76,
    "moved_pixels": 40.0,
    "moved_signs": 14.0,
    "moved_words": 2.1,
    "shifted_pixels": 53.46,
    "shifted_words": 3.51,
    "signs_pooled": 12.22,
    "sums_pooled": 7.03,
    "widened": 13.37,
}
"""Of a Cortex-M4."""

ARMV6M: Final[Prices] = {
    "integer_pools": 42.33,
    "join_copies": 3.25,
    "join_integers": 7.01,
    "join_pixels": 94.21,
    "join_words": 25.29,
    "maxima_pooled": 10.31,
    "moved_pixels": 70.0,
    "moved_signs": 20.0,
    "moved_words": 3.1,
    "shifted_pixels": 78.17,
    "shifted_words": 12.97,
    "signs_pooled": 19.96,
    "sums_pooled": 7.43,
    "widened": 14.53,
}
"""Of a Cortex-M0+."""

RV32: Final[Prices] = {
    "integer_pools": 24.88,
    "join_copies": 24.0,
    "join_integers": 8.0,
    "join_pixels": 27.24,
    "join_words": 19.53,
    "maxima_pooled": 7.27,
    "moved_pixels": 30.0,
    "moved_signs": 14.0,
    "moved_words": 24.0,
    "shifted_pixels": 29.77,
    "shifted_words": 20.64,
    "signs_pooled": 11.41,
    "sums_pooled": 6.15,
    "widened": 11.39,
}
"""Of RV32IMAC, whose library copies byte by byte."""
