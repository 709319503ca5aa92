"""The image becomes signs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.kernels.comparison import comparison_tables
from cbcnn_codegen.kernels.geometry import ONE_PIXEL, image_fields
from cbcnn_codegen.kernels.offer import Field, Offer
from cbcnn_codegen.kernels.overlap import lead_of_pixels
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.binarize_input import BinarizeInput

CODE_BYTES: Final = 124


def offers(site: Site) -> Iterator[Offer]:
    """Compares each value with the threshold of its channel."""
    match site:
        case Site(op=BinarizeInput() as op, reads=("plane",), writes="pixel_words"):
            shape = site.source.shape
            yield Offer(
                kernel="binarize_plane_b1",
                struct="binarize_plane_t",
                fields=(
                    Field("pixels", (shape.height * shape.width,)),
                    Field("channels", (shape.channels,)),
                    *image_fields(site),
                ),
                tables=comparison_tables(site, op),
                work={"values": shape.size},
                code_bytes=CODE_BYTES,
                leads=(lead_of_pixels(site, ONE_PIXEL),),
            )
