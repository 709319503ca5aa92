"""Two maps of signs behind each other, channel after channel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from cbcnn_codegen.kernels.integers import offer_concatenate
from cbcnn_codegen.kernels.offer import Offer, Work
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.concatenate import Concatenate

CODE_BYTES: Final = 214


def offers(site: Site) -> Iterator[Offer]:
    """Takes two maps of one size."""
    match site:
        case Site(op=Concatenate(), reads=("pixel_words", "pixel_words")):
            offer = offer_concatenate(
                site, "concatenate_b1_b1", CODE_BYTES, "shifted_words", "shifted_pixels"
            )
            yield replace(offer, work=_work(site))


def _work(site: Site) -> Work:
    """The second map is shifted into place where the first one does not fill its words."""
    first, second = (source.shape for source in site.sources)
    pixels = first.height * first.width
    if first.channels % site.sizes.word_bits == 0:
        return {"copied_pixels": pixels}
    return {"shifted_words": pixels * site.sizes.words(second.channels), "shifted_pixels": pixels}
