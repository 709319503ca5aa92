"""Convolution of signs with a window of one pixel, pooling and comparison, without a patch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from cbcnn_codegen.ir import NO_PADDING
from cbcnn_codegen.kernels.conv_b1 import computed_share, offer_conv_b1
from cbcnn_codegen.kernels.geometry import count_pixels
from cbcnn_codegen.kernels.offer import Offer, Work
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.binary_conv import BinaryConv

CODE_BYTES: Final = 484

_MOST_WORDS: Final = 31
"""Words of a pixel whose ones, at most 8 in a byte of each, a byte can count."""


def offers(site: Site) -> Iterator[Offer]:
    """Reads each pixel where it lies, and counts the few words of it without full adders."""
    match site:
        case Site(op=BinaryConv() as op, reads=("pixel_words",), writes="pixel_words"):
            window, words = op.window, site.source.pixel_items(site.sizes)
            is_point = (window.height, window.width, window.padding) == (1, 1, NO_PADDING)
            if is_point and words <= _MOST_WORDS:
                general = offer_conv_b1(site, op, "conv_pointwise_b1_b1", CODE_BYTES)
                yield replace(general, work=_work(site, op), scratch=None)


def _work(site: Site, op: BinaryConv) -> Work:
    """Channels that are looked at, and the words of those that have not fired."""
    channels = count_pixels(op, site.source.shape) * site.output.shape.channels
    words = channels * computed_share(op) * site.source.pixel_items(site.sizes)
    return {"point_channels": channels, "point_words": words}
