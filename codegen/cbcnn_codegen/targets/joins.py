"""What joins of signs and integers cost, and their pooling: loops that were counted by hand.

A word of signs takes two shifts where the channels before it fill no word.
"""

from __future__ import annotations

from typing import Final

from cbcnn_codegen.targets.target import Prices

ARMV7M: Final[Prices] = {
    "integer_pools": 16.0,
    "integers_pooled": 8.0,
    "join_copies": 2.0,
    "join_integers": 6.0,
    "join_pixels": 60.0,
    "join_words": 10.0,
    "widened": 9.0,
}
"""Of a Cortex-M4."""

ARMV6M: Final[Prices] = {
    "integer_pools": 26.0,
    "integers_pooled": 12.0,
    "join_copies": 3.0,
    "join_integers": 8.0,
    "join_pixels": 90.0,
    "join_words": 14.0,
    "widened": 11.0,
}
"""Of a Cortex-M0+."""

RV32: Final[Prices] = {
    "integer_pools": 20.0,
    "integers_pooled": 9.0,
    "join_copies": 4.0,
    "join_integers": 8.0,
    "join_pixels": 70.0,
    "join_words": 12.0,
    "widened": 9.0,
}
"""Of RV32IMAC."""
