"""How far a kernel's output may reach over its input.

A kernel that writes in the order in which it reads frees its input as it goes. Its output may
overlap the input if it starts `lead` bytes before it: when an output byte is written, the input
byte in its place is no longer needed. `kernels.h` states for every kernel what it keeps to.
"""

from __future__ import annotations

from cbcnn_codegen.ir import BinarizeInput, BinaryConv, Map, PoolSigns, Window
from cbcnn_codegen.plan.steps import Format, Layer

_ONE_PIXEL = Window(1, 1, 1, 1)


def lead_of_pixels(layer: Layer) -> int:
    """For kernels that make one output pixel after the other, row by row.

    While a kernel works on an output pixel it writes nothing else of the output. It still needs
    the input from the first pixel under its window on, and from the first one under the next row's
    windows on, whichever comes first in memory.
    """
    rows, columns = (_first_needed(layer, axis) for axis in range(2))
    width = layer.source.shape.width
    source_bytes = _pixel_bytes(layer.source, layer.format)
    output_bytes = _pixel_bytes(layer.output, layer.format)
    lead = end = 0
    for index, row in enumerate(rows):
        below = rows[index + 1] * width + columns[0] if index + 1 < len(rows) else None
        for column in columns:
            end += output_bytes
            needed = row * width + column
            if below is not None:
                needed = min(needed, below)
            lead = max(lead, end - needed * source_bytes)
    return lead


def lead_of_words(layer: Layer) -> int:
    """For dense kernels that write a word, or an accumulator, when its units are done.

    Each needs the whole input, so all but the last must lie before it.
    """
    units = layer.output.shape.size
    if layer.output.kind == "accumulators":
        return (units - 1) * layer.format.item_bytes("int32")
    return (layer.format.words(units) - 1) * layer.format.item_bytes("word")


def _first_needed(layer: Layer, axis: int) -> list[int]:
    """For each output row (axis 0) or column (axis 1) the first one of the input under it."""
    window, pool = _windows(layer)
    output = layer.output.shape[axis]
    step, stride = ((of.stride_height, of.stride_width)[axis] for of in (pool, window))
    before, padding = pool.padding[axis], window.padding[axis]
    pooled = (max(i * step - before, 0) for i in range(output))
    return [max(i * stride - padding, 0) for i in pooled]


def _windows(layer: Layer) -> tuple[Window, Window]:
    """The layer's window on its input, and the pooling behind it."""
    if isinstance(layer.op, BinaryConv):
        return layer.op.window, layer.op.pool or _ONE_PIXEL
    if isinstance(layer.op, PoolSigns):
        return layer.op.window, _ONE_PIXEL
    assert isinstance(layer.op, BinarizeInput)
    return _ONE_PIXEL, _ONE_PIXEL


def _pixel_bytes(of: Map, layout: Format) -> int:
    """Bytes of one pixel of a map."""
    channels = of.shape.channels
    if of.kind == "plane":
        return channels
    if of.kind == "signs":
        return layout.words(channels) * layout.item_bytes("word")
    return channels * layout.item_bytes("int32")
