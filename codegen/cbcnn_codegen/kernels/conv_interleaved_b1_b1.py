"""Word-parallel convolution of signs with 32 filters at once; see `conv_interleaved.h`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from cbcnn_codegen.ir import Int8Array
from cbcnn_codegen.kernels.comparison import (
    clipped_thresholds,
    comparison_tables,
    largest_accumulator,
)
from cbcnn_codegen.kernels.conv_b1 import conv_b1_work, offer_conv_b1
from cbcnn_codegen.kernels.geometry import count_pixels
from cbcnn_codegen.kernels.offer import Offer, Table, Work
from cbcnn_codegen.kernels.packing import pack_weights
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.binary_conv import BinaryConv

CODE_BYTES: Final = 936

_BLOCK: Final = 32
"""Filters that are computed together."""

_VECTOR_WORD_BITS: Final = 64
"""Bits of words on processors that have vectors."""


def offers(site: Site) -> Iterator[Offer]:
    """Takes every convolution of signs that makes signs, where words are those of a vector."""
    match site:
        case Site(op=BinaryConv() as op, reads=("pixel_words",), writes="pixel_words"):
            if site.sizes.word_bits == _VECTOR_WORD_BITS:
                general = offer_conv_b1(site, op, "conv_interleaved_b1_b1", CODE_BYTES)
                yield replace(
                    general,
                    struct="conv_interleaved_t",
                    tables=_tables(site, op),
                    work=_work(site, op),
                )


def _tables(site: Site, op: BinaryConv) -> tuple[Table | None, ...]:
    """Weights, thresholds and complement; filters behind the last one never fire."""
    thresholds = clipped_thresholds(op, site.source).astype(np.int64)
    missing = -len(thresholds) % _BLOCK
    never = largest_accumulator(op, site.source) + 1
    padded = np.pad(thresholds, (0, missing), constant_values=never)
    _, complement = comparison_tables(site, op)
    return (
        _weights(op.weights, missing, site.sizes.word_bits),
        Table("thresholds", "word", padded.astype(np.uint64), f"{len(padded)} channels"),
        complement,
    )


def _weights(weights: Int8Array, missing: int, word_bits: int) -> Table:
    """Block x word of the window x filter of the block."""
    filters, height, width, channels = weights.shape
    padded = np.pad(weights, ((0, missing), (0, 0), (0, 0), (0, 0)), constant_values=-1)
    words: npt.NDArray[np.uint64] = pack_weights(padded, word_bits)
    blocks = words.reshape(len(padded) // _BLOCK, _BLOCK, -1).transpose(0, 2, 1)
    shape = f"{filters} filters, {_BLOCK} in a block, x {height} x {width} x {channels} channels"
    return Table("weights", "word", blocks.ravel(), shape)


def _work(site: Site, op: BinaryConv) -> Work:
    """Words of the window that each block meets, and what is done once for a block."""
    general = conv_b1_work(site, op)
    blocks = -(-site.output.shape.channels // _BLOCK)
    pixels = count_pixels(op, site.source.shape)
    return {
        "block_words": general["patch_words"] * blocks,
        "blocks": pixels * blocks,
        "patch_words": general["patch_words"],
        "patches": general["patches"],
    }
