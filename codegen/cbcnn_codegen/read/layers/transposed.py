"""Transposed convolutions: plain ones over a map with zeros between its pixels."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from cbcnn_codegen.ir import Padding, Window
from cbcnn_codegen.ops.gather import Along, Gather
from cbcnn_codegen.ops.real_conv import RealConv
from cbcnn_codegen.read.chain import Chain
from cbcnn_codegen.read.layer_config import LayerConfig
from cbcnn_codegen.read.layers.activations import apply_option
from cbcnn_codegen.read.layers.pooling import has_channels_last, is_map
from cbcnn_codegen.read.layers.quantized_inputs import quantize_input
from cbcnn_codegen.read.layers.reals import read_bias, read_kernel
from cbcnn_inputs.model_files.limits import MAX_VALUES, quote


def convert_transposed(layer: LayerConfig, chain: Chain) -> None:
    """A Conv2DTranspose, or Larq's, on floats whatever it reads.

    A pixel of the map adds the kernel to the result around its place. So a result is the sum over
    a window of the map, spread by the strides, with the kernel turned around.
    """
    quantize_input(layer, chain)
    filters, size = layer.size("filters"), layer.pair("kernel_size")
    strides, padding = layer.pair("strides", (1, 1)), layer.choice("padding", "valid", _PADDINGS)
    problems = [*_problems(layer)]
    for found, allowed in problems:
        chain.refuse(layer.refused(found, allowed, allowed))
    if problems or not has_channels_last(layer, chain) or not is_map(layer, chain):
        chain.lose_track()
        return
    shape = chain.shape
    channels = None if shape is None else shape.channels
    kernel = read_kernel(layer, chain, "kernel", 0, (*size, filters, channels))
    bias = read_bias(layer, chain, 1, filters)
    if kernel is None or shape is None:
        chain.lose_track()
        return
    (rows, above), (columns, beside) = (
        _spread(count, axis, taps, step, padding == "same")
        for axis, (count, taps, step) in enumerate(zip(shape[:2], size, strides, strict=True))
    )
    spread = Gather.of_map(chain.part_of(layer, "spread"), shape, rows=rows, columns=columns)
    around = Padding(above[0], beside[0], above[1], beside[1])
    window = Window(*size, 1, 1, around)
    made = window.output_size(rows.size, columns.size)
    if made[0] * made[1] * max(shape.channels, filters) > MAX_VALUES:
        raise layer.damaged("strides", strides, f"a map of at most {MAX_VALUES} values")
    chain.emit(spread, "reals")
    weights = np.ascontiguousarray(kernel[::-1, ::-1].transpose(2, 0, 1, 3))
    chain.emit(RealConv(layer.name, weights, window, bias), "reals")
    chain.dimensions = (*made, filters)
    chain.kind = "reals"
    apply_option(layer, chain)


_PADDINGS: Final = ("valid", "same")


def _problems(layer: LayerConfig) -> list[tuple[str, str]]:
    """Options that are not honoured, and what is allowed in their place."""
    given: dict[str, tuple[Any, bool]] = {
        "output_padding": (None, layer.get("output_padding") is None),
        "dilation_rate": ((1, 1), layer.pair("dilation_rate", (1, 1)) == (1, 1)),
        "groups": (1, layer.get("groups", 1) == 1),
        "pad_values": (0, not layer.get("pad_values", 0)),
    }
    return [
        (f"{key}={quote(layer.get(key))}", f"{key}={allowed}")
        for key, (allowed, sound) in given.items()
        if not sound
    ]


def _spread(
    count: int, axis: int, taps: int, step: int, same: bool
) -> tuple[Along, tuple[int, int]]:
    """An axis with `step - 1` zeros between two pixels, and the padding before and behind it.

    `valid` makes `count * step` positions, and more where the kernel is larger than the step;
    `same` cuts these off, the odd one behind, as TensorFlow does.
    """
    more = max(taps - step, 0)
    wanted, cut = (count * step, more // 2) if same else (count * step + more, 0)
    spread = Along((count - 1) * step + 1, axis, 0, 1, step, spaced=True)
    before = taps - 1 - cut
    return spread, (before, wanted + taps - 1 - before - spread.size)


LAYERS: Final = {
    "Conv2DTranspose": convert_transposed,
    "QuantConv2DTranspose": convert_transposed,
}
