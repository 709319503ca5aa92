"""Finds pictures that are the same, or nearly the same.

The same: equal pixels after decoding. Nearly the same: a difference hash, which says for 8x8 places
of the grey picture whether it gets brighter to the right, differs in few of 64 bits.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cbcnn_inputs.own_pictures.scale import scale
from cbcnn_inputs.preprocessing import rgb_to_luma

NEAR_BITS: Final = 3
"""Pictures whose hashes differ in so many bits or fewer are nearly the same."""

_SIDE: Final = 8
_PAIRS_AT_ONCE: Final = 1 << 22
_ONES: Final = np.array([number.bit_count() for number in range(256)], np.uint8)


def content_digest(picture: NDArray[np.uint8]) -> bytes:
    """Equal for pictures of equal pixels and size."""
    digest = hashlib.blake2b(repr(picture.shape).encode(), digest_size=16)
    digest.update(np.ascontiguousarray(picture).data)
    return digest.digest()


def difference_hash(picture: NDArray[np.uint8]) -> int:
    """64 bits: where the grey picture, in 9x8 pixels, gets brighter to the right."""
    grey = rgb_to_luma(picture) if picture.ndim == 3 else picture
    small = scale(grey, _SIDE, _SIDE + 1)
    return int.from_bytes(np.packbits(small[:, 1:] > small[:, :-1]).tobytes(), "big")


def same(digests: Sequence[bytes]) -> list[list[int]]:
    """Indices of pictures that are the same, for each picture that occurs more than once."""
    places: defaultdict[bytes, list[int]] = defaultdict(list)
    for index, digest in enumerate(digests):
        places[digest].append(index)
    return [indices for indices in places.values() if len(indices) > 1]


def nearly_same(hashes: Sequence[int], most: int = NEAR_BITS) -> Iterator[tuple[int, int]]:
    """Pairs of indices, the lower first, whose hashes differ in `most` bits or fewer.

    A hash of which nearly all bits are equal, as of an even surface, says nothing and is left out.
    """
    values = np.array(hashes, np.uint64)
    ones = _count_ones(values)
    telling = np.flatnonzero((ones > 2 * most) & (ones < 64 - 2 * most))
    block = max(1, _PAIRS_AT_ONCE // max(1, len(telling)))
    for start in range(0, len(telling), block):
        rows = telling[start : start + block]
        later = telling[start:]
        near = _count_ones(values[rows, None] ^ values[None, later]) <= most
        for row, column in np.argwhere(near):
            if column > row:
                yield int(rows[row]), int(later[column])


def _count_ones(values: NDArray[np.uint64]) -> NDArray[np.uint8]:
    as_bytes = np.ascontiguousarray(values)[..., None].view(np.uint8)
    counted: NDArray[np.uint8] = _ONES[as_bytes].sum(axis=-1, dtype=np.uint8)
    return counted
