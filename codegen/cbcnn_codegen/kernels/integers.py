"""Shared by kernels of branches of signs and integers: offers of the common kinds."""

from __future__ import annotations

from typing import Final

from cbcnn_codegen.ir import Window
from cbcnn_codegen.kernels.geometry import window_field
from cbcnn_codegen.kernels.offer import Field, Offer
from cbcnn_codegen.kernels.overlap import lead_of_pixels
from cbcnn_codegen.kernels.reals import map_fields
from cbcnn_codegen.kernels.site import Site

UNROLLED: Final = 2
"""Steps of an inner loop that compilers do one after the other where they know how many."""


def offer_values(site: Site, kernel: str, code_bytes: int, piece: str, lead: int | None) -> Offer:
    """A function of single values, of one map or of two."""
    output = site.output
    items = output.shape.height * output.shape.width * output.pixel_items(site.sizes)
    return Offer(
        kernel=kernel,
        struct="elements_t",
        fields=map_fields(site).members,
        tables=(),
        work={piece: items},
        code_bytes=code_bytes,
        leads=(lead,) * len(site.sources),
    )


def offer_concatenate(site: Site, kernel: str, code_bytes: int, piece: str, each: str) -> Offer:
    """Two maps behind each other, channel after channel.

    Args:
        site: with two sources.
        kernel: its name.
        code_bytes: of it.
        piece: of work for each item of the output.
        each: piece of work for each pixel.
    """
    first, second = (source.shape for source in site.sources)
    pixels = first.height * first.width
    return Offer(
        kernel=kernel,
        struct="concatenate_t",
        fields=(
            Field("pixels", (pixels,)),
            Field("channels of each", (first.channels,)),
            Field("", (second.channels,)),
        ),
        tables=(),
        work={piece: pixels * site.output.pixel_items(site.sizes), each: pixels},
        code_bytes=code_bytes,
        leads=(None, None),
    )


def offer_pool(site: Site, window: Window, kernel: str, code_bytes: int, piece: str) -> Offer:
    """Pooling, pixel by pixel."""
    output = site.output.shape
    overlaps = site.source.layout == site.output.layout
    return Offer(
        kernel=kernel,
        struct="pool_i32_t",
        fields=(
            Field("input", tuple(site.source.shape)),
            window_field(window, "window"),
            Field("output", tuple(output)),
        ),
        tables=(),
        work={
            piece: output.size * window.height * window.width,
            "integer_rows": output.size * window.height,
            "integer_long_rows": output.size * window.height if window.width > UNROLLED else 0,
            "integer_pools": output.size,
        },
        code_bytes=code_bytes,
        leads=(lead_of_pixels(site, window) if overlaps else None,),
    )
