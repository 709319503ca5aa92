"""Convolutions and dense layers of floats."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from cbcnn_codegen.kernels.offer import Offer, Scratch
from cbcnn_codegen.kernels.real_conv import TILE, conv_work, find_conv, offer_conv, packed_weights
from cbcnn_codegen.kernels.site import Site

CODE_BYTES: Final = 1912


def offers(site: Site) -> Iterator[Offer]:
    """Takes all of them."""
    found = find_conv(site)
    if found is None or site.reads[0] != "reals" or site.writes != "reals":
        return
    work = conv_work(found.conv, found.source, found.output, TILE)
    weights = packed_weights(found.conv)
    offer = offer_conv(site, found, "conv_f32_f32", CODE_BYTES, weights, work)
    yield replace(offer, scratch=Scratch("float", TILE * site.output.shape.channels))
