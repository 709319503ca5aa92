"""Signs as the portable kernels read them; see `kernels.h` and `pattern_sums.h`."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cbcnn_codegen.ir import BoolArray, Int8Array
from cbcnn_codegen.kernels.offer import Table

GROUP_TAPS: Final = 4
"""Taps of a group; see `pattern_sums.h`."""

_BYTE_TAPS: Final = 2 * GROUP_TAPS


def pack_channels(positive: BoolArray, word_bits: int) -> npt.NDArray[np.uint64]:
    """Bits of the last axis to words, the lowest first and in the lowest bit, padded with 0.

    Args:
        positive: [..., channels].
        word_bits: 8, 16, 32 or 64.

    Returns:
        flat, each below `2**word_bits`.
    """
    missing = -positive.shape[-1] % word_bits
    spread = [(0, 0)] * (positive.ndim - 1) + [(0, missing)]
    octets = np.packbits(np.pad(positive, spread), axis=-1, bitorder="little")
    dtype: np.dtype[Any] = np.dtype(f"<u{word_bits // 8}")
    return np.ascontiguousarray(octets).view(dtype).astype(np.uint64).ravel()


def pack_weights(weights: Int8Array, word_bits: int) -> npt.NDArray[np.uint64]:
    """-1/+1 weights to words: the last axis is packed, the others stay in order. Flat."""
    return pack_channels(weights > 0, word_bits)


def pack_patterns(weights: Int8Array) -> npt.NDArray[np.uint8]:
    """-1/+1 weights of each filter to groups of four taps, two groups in a byte, low nibble first.

    Args:
        weights: filters in the first axis; all others are its taps, in order.

    Returns:
        flat; every filter starts a new byte.
    """
    taps = weights.reshape(len(weights), -1) > 0
    padded = np.pad(taps, ((0, 0), (0, -taps.shape[1] % _BYTE_TAPS)))
    return np.packbits(padded, axis=-1, bitorder="little").ravel()


def word_weights(weights: Int8Array, word_bits: int) -> Table:
    """The table of a kernel that reads weights in words."""
    *filters, channels = weights.shape
    shape = " x ".join([*map(str, filters), f"{channels} channels"])
    return Table("weights", "word", pack_weights(weights, word_bits), shape)


def pattern_weights(weights: Int8Array) -> Table:
    """The table of a kernel that reads weights in groups of four taps."""
    shape = " x ".join(map(str, weights.shape))
    return Table("weights", "pattern", pack_patterns(weights), f"{shape}, four taps in a nibble")
