"""Depthwise convolutions of floats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cbcnn_codegen.ir import Shape
from cbcnn_codegen.kernels.offer import Offer, Table, Work
from cbcnn_codegen.kernels.real_conv import find_conv, meetings, offer_conv
from cbcnn_codegen.kernels.site import Site
from cbcnn_codegen.ops.real_conv import RealConv

CODE_BYTES: Final = 852


def offers(site: Site) -> Iterator[Offer]:
    """Takes those with one filter for each channel; their weights lie tap by tap."""
    found = find_conv(site)
    if found is None or site.reads[0] != "reals" or site.writes != "reals":
        return
    conv, channels = found.conv, found.source.channels
    if conv.groups == len(conv.weights) == channels:
        weights = conv.weights[..., 0].transpose(1, 2, 0)
        table = Table("weights", "float", weights.ravel(), " x ".join(map(str, weights.shape)))
        work = _work(conv, found.source, found.output)
        yield offer_conv(site, found, "depthwise_f32_f32", CODE_BYTES, table, work)


def _work(op: RealConv, source: Shape, output: Shape) -> Work:
    """Products of taps that meet the map, all taps, and what begins and ends each sum."""
    pixels = output.height * output.width
    return {
        "real_depthwise_products": meetings(op, source, output)[2] * output.channels,
        "real_depthwise_taps": pixels * op.weights.shape[1] * op.weights.shape[2],
        "real_depthwise_outputs": output.size,
    }
