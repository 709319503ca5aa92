"""Convolutions of the image with real weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from cbcnn_codegen.kernels.offer import Offer, Scratch
from cbcnn_codegen.kernels.real_conv import (
    conv_work,
    find_conv,
    meetings,
    offer_conv,
    packed_weights,
)
from cbcnn_codegen.kernels.site import Site

CODE_BYTES: Final = 1432


def offers(site: Site) -> Iterator[Offer]:
    """Makes floats of the pixels under one window after the other."""
    found = find_conv(site)
    if found is None or site.reads[0] != "plane":
        return
    conv, source, output = found.conv, found.source, found.output
    work = {
        **conv_work(conv, source, output, 1),
        "real_float_plane_f32": meetings(conv, source, output)[2] * source.channels,
    }
    weights = packed_weights(conv)
    offer = offer_conv(site, found, "conv_real_plane_f32", CODE_BYTES, weights, work)
    patch = conv.weights.shape[1] * conv.weights.shape[2] * source.channels
    yield replace(offer, scratch=Scratch("float", output.channels + patch))
