"""Taps of four filters by their codes, and the lists made of them; see `conv_bucket.h`."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from cbcnn_codegen.ir import Int8Array

FILTERS: Final = 4
"""Filters of a group."""

BUCKETS: Final = 2 ** (FILTERS - 1)
CODES: Final = 2 * BUCKETS
"""A tap's weights in a group: its bucket, and the sign of the first filter."""

_WORD_CODES: Final = 8

IntArray = npt.NDArray[np.int64]
CodeArray = npt.NDArray[np.uint8]


def group_codes(weights: Int8Array) -> CodeArray:
    """The code of every tap in every group of filters; filters behind the last one have -1.

    Args:
        weights: -1/+1, OHWI.

    Returns:
        groups x row x taps of a row, column after column with the channels in order.
    """
    missing = -len(weights) % FILTERS
    bits = np.pad(weights > 0, ((0, missing), (0, 0), (0, 0), (0, 0))).astype(np.uint8)
    groups = bits.reshape(-1, FILTERS, *weights.shape[1:])
    first = groups[:, 0]
    others = ((groups[:, index] ^ first) << np.uint8(index) for index in range(1, FILTERS))
    codes: CodeArray = sum(others, start=first)
    return codes.reshape(*codes.shape[:2], -1)


def pad_codes(codes: CodeArray) -> CodeArray:
    """Rows filled up with codes of 0 to whole words."""
    return np.pad(codes, ((0, 0), (0, 0), (0, -codes.shape[2] % _WORD_CODES)))


def code_words(padded: CodeArray) -> npt.NDArray[np.uint32]:
    """Eight codes in a word of 32 bits, the first in the lowest bits: groups x row x words."""
    words = padded.reshape(*padded.shape[:2], -1, _WORD_CODES).astype(np.uint32)
    shifts = FILTERS * np.arange(_WORD_CODES, dtype=np.uint32)
    packed: npt.NDArray[np.uint32] = (words << shifts).sum(axis=-1, dtype=np.uint32)
    return packed


def count_codes(codes: CodeArray) -> IntArray:
    """Taps of each code: groups x codes."""
    flat = codes.reshape(len(codes), -1)
    return np.stack([(flat == code).sum(axis=1) for code in range(CODES)], axis=1)


def list_taps(codes: CodeArray, stride: int, item_bytes: int) -> npt.NDArray[np.uint32]:
    """What `cbcnn_list_taps` makes of codes: groups x items of the longest list, in bytes.

    Args:
        codes: groups x row x taps of a row.
        stride: items between the taps of a row.
        item_bytes: of a word of lanes.
    """
    groups, height, taps = codes.shape
    places = (np.arange(taps) * stride + np.arange(height)[:, None]).ravel()
    fours = -(-count_codes(codes) // 4)
    lists = np.full((groups, 4 * int(fours.sum(axis=1).max())), taps * stride)
    for group, flat in enumerate(codes.reshape(groups, -1)):
        starts = 4 * np.cumsum(fours[group]) - 4 * fours[group]
        for code, start in enumerate(starts):
            found = places[flat == code]
            lists[group, start : start + len(found)] = found
    return (lists * item_bytes).astype(np.uint32)
