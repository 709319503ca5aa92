"""Pooling of signs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.geometry import window_field
from cbcnn_codegen.kernels.offer import Field, Offer, Table
from cbcnn_codegen.kernels.overlap import lead_of_pixels
from cbcnn_codegen.kernels.packing import pack_channels
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.pool_signs import PoolSigns

CODE_BYTES: Final = 236


def offers(site: Site) -> Iterator[Offer]:
    """Takes the maximum of each window, or the minimum in the channels that want it."""
    match site:
        case Site(op=PoolSigns() as op, reads=("pixel_words",), writes="pixel_words"):
            output, window = site.output.shape, op.window
            pixels = output.height * output.width
            words = site.output.pixel_items(site.sizes)
            minimum = pack_channels(op.minimum, site.sizes.word_bits)
            yield Offer(
                kernel="pool_b1_b1",
                struct="pool_b1_t",
                fields=(
                    Field("input", tuple(site.source.shape)),
                    window_field(window, "window"),
                    Field("output", tuple(output)),
                ),
                tables=(Table("minimum", "word", minimum, f"{len(op.minimum)} channels"),),
                work={
                    "pool_words": pixels * window.height * window.width * words,
                    "pool_pixels": pixels,
                },
                code_bytes=CODE_BYTES,
                leads=(lead_of_pixels(site, window),),
            )
