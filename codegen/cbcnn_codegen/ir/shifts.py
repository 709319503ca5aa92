"""Integers divided by powers of two and by numbers, as the C rounds them."""

from __future__ import annotations

from cbcnn_codegen.ir.values import Array


def shift_right(x: Array, bits: int) -> Array:
    """`floor(x / 2**bits + 1/2)` of 64-bit integers."""
    shifted: Array = x if bits == 0 else (x + (1 << (bits - 1))) >> bits
    return shifted


def divide(x: Array, by: int | Array) -> Array:
    """`floor(x / by + 1/2)` of 64-bit integers; `by` is positive."""
    divided: Array = (2 * x + by) // (2 * by)
    return divided
