"""How accumulators become signs: their bounds, and thresholds cut to them."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from cbcnn_codegen.ir import Int32Array
from cbcnn_codegen.kernels.offer import Table
from cbcnn_codegen.kernels.packing import pack_channels
from cbcnn_codegen.kernels.site import Site, StoredMap
from cbcnn_codegen.ops.binarize_input import BinarizeInput
from cbcnn_codegen.ops.binary_conv import BinaryConv
from cbcnn_codegen.ops.binary_dense import BinaryDense
from cbcnn_codegen.ops.threshold import Threshold

Comparing: TypeAlias = BinarizeInput | BinaryConv | BinaryDense | Threshold
"""Operations that compare."""

_WIDEST = np.iinfo(np.int32)


def largest_accumulator(op: Comparing, source: StoredMap) -> int:
    """A bound of the magnitude of what the operation compares."""
    if isinstance(op, BinarizeInput | Threshold):
        return source.largest
    pad = op.pad if isinstance(op, BinaryConv) else 0
    return int(op.weights[0].size) * max(source.largest, abs(pad))


def clipped_thresholds(op: Comparing, source: StoredMap) -> Int32Array:
    """Thresholds beyond every accumulator moved to the nearest one that decides the same.

    A threshold of -largest is always reached, one of largest + 1 never.
    """
    if op.thresholds is None:
        raise ValueError(f"{op.name} has no thresholds")
    largest = largest_accumulator(op, source)
    high = min(largest + 1, _WIDEST.max)
    return np.clip(op.thresholds, -largest, high).astype(np.int32)


def comparison_tables(site: Site, op: Comparing) -> tuple[Table | None, ...]:
    """Thresholds and complement mask, or null pointers where nothing is compared."""
    if op.thresholds is None or op.complement is None:
        return None, None
    thresholds = clipped_thresholds(op, site.source)
    complement = pack_channels(np.asarray(op.complement, bool), site.sizes.word_bits)
    channels = f"{len(thresholds)} channels"
    return (
        Table("thresholds", "threshold", thresholds, channels),
        Table("complement", "word", complement, channels),
    )
