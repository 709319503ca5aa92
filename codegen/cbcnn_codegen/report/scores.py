"""An output of generated code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class ReportedScores:
    """An output that the code writes.

    Attributes:
        name: of the caller's buffer; "" where that is the one of the scores.
        layer: that makes it, as the model calls it.
        reads: index of the step whose map it is made of.
        dimensions: of it in the model; the last axis is the fastest.
        count: number of its values.
        type: of each in the C.
        fraction_bits: behind the point of integers.
    """

    name: str
    layer: str
    reads: int
    dimensions: tuple[int, ...]
    count: int
    type: Literal["int8", "int32", "int64", "float"]
    fraction_bits: int
