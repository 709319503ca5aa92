"""How many images the slow proofs take: a part on every run, all of them with `make parity`.

`CBCNN_COMPLETE=1` asks for all. CI takes a part, because complete test sets and emulated boards
cost many minutes.
"""

from __future__ import annotations

import os
from typing import Final

COMPLETE: Final = os.environ.get("CBCNN_COMPLETE") == "1"


def image_count(in_ci: int, complete: int) -> int:
    """Images to take of a set that has `complete` of them."""
    return complete if COMPLETE else min(in_ci, complete)
