"""What joins of signs and integers cost, and their pooling.

The prices are solved from what emulated cores count over two small networks, with 24 and 64
channels; most layers are within 10 % of them. A compiler that knows the sizes of the only layer of
a kind unrolls its loops, so single small joins and poolings take less.
"""

from __future__ import annotations

from typing import Final

from cbcnn_codegen.targets.target import Prices

ARMV7M: Final[Prices] = {
    "integer_pools": 25.0,
    "join_copies": 2.1,
    "join_integers": 6.0,
    "join_pixels": 50.0,
    "join_words": 7.7,
    "maxima_pooled": 10.0,
    "moved_pixels": 40.0,
    "moved_signs": 14.0,
    "moved_words": 2.1,
    "shifted_pixels": 20.0,
    "shifted_words": 8.0,
    "signs_pooled": 9.2,
    "sums_pooled": 7.7,
    "widened": 11.0,
}
"""Of a Cortex-M4."""

ARMV6M: Final[Prices] = {
    "integer_pools": 37.5,
    "join_copies": 3.1,
    "join_integers": 7.0,
    "join_pixels": 100.0,
    "join_words": 8.0,
    "maxima_pooled": 10.1,
    "moved_pixels": 70.0,
    "moved_signs": 20.0,
    "moved_words": 3.1,
    "shifted_pixels": 30.0,
    "shifted_words": 18.0,
    "signs_pooled": 13.2,
    "sums_pooled": 8.5,
    "widened": 13.0,
}
"""Of a Cortex-M0+."""

RV32: Final[Prices] = {
    "integer_pools": 21.5,
    "join_copies": 24.0,
    "join_integers": 9.0,
    "join_pixels": 20.0,
    "join_words": 8.0,
    "maxima_pooled": 7.3,
    "moved_pixels": 30.0,
    "moved_signs": 14.0,
    "moved_words": 24.0,
    "shifted_pixels": 20.0,
    "shifted_words": 14.0,
    "signs_pooled": 9.5,
    "sums_pooled": 6.9,
    "widened": 9.6,
}
"""Of RV32IMAC, whose library copies byte by byte."""
