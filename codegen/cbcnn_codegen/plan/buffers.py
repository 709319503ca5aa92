"""The memory that layers ask for: maps, scratch, the image and what is made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from cbcnn_codegen.plan.arena import Placed, Size, least_size, place_buffers
from cbcnn_codegen.plan.kernels import Kernel
from cbcnn_codegen.plan.steps import Buffer, Element, Format, Layer
from cbcnn_inputs.preprocessing import LEVELS

IMAGE: Final = "image"
LEVEL_COUNTS: Final = "levels"
_BEFORE: Final = -1
"""The step at which the Image Compression Block runs."""


class Extras(NamedTuple):
    """What lies in the arena besides maps and scratch: neither, one or both."""

    compression: Buffer | None = None
    image: Buffer | None = None


def output_name(index: int) -> str:
    """Name of the map that a layer makes."""
    return f"map_{index}"


def scratch_name(index: int) -> str:
    """Name of a layer's scratch memory."""
    return f"scratch_{index}"


def map_buffer(layer: Layer) -> Buffer:
    """The map that a layer makes, whichever kernel makes it."""
    shape, index, layout = layer.output.shape, layer.index, layer.format
    packed = layer.output.kind == "signs"
    element: Element = "word" if packed else "int32"
    pixel = layout.words(shape.channels) if packed else shape.channels
    items = shape.height * shape.width * pixel
    return _buffer(output_name(index), element, items, (index, index + 1), layout)


def buffers_of(layer: Layer, kernel: Kernel) -> tuple[Buffer, ...]:
    """A layer's output and, if the kernel asks for it, its scratch memory, without a place."""
    index, output = layer.index, map_buffer(layer)
    if kernel.lead is not None and _may_alias_source(layer, output):
        over = IMAGE if index == 0 else output_name(index - 1)
        output = replace(output, over=over, lead_bytes=kernel.lead(layer))
    if kernel.scratch is None:
        return (output,)
    element, items = kernel.scratch(layer)
    return output, _buffer(scratch_name(index), element, items, (index, index), layer.format)


def _may_alias_source(layer: Layer, output: Buffer) -> bool:
    """Whether C allows the output to lie over the input; see `Buffer`."""
    return layer.source.kind == "plane" or output.align == layer.format.item_bytes("word")


def _buffer(
    name: str, element: Element, count: int, steps: tuple[int, int], layout: Format
) -> Buffer:
    size = layout.item_bytes(element)
    return Buffer(name, element, size * count, size, *steps)


def compression_buffer(layout: Format) -> Buffer:
    """A count of 32 bits and a byte for each grey level."""
    size = layout.item_bytes("int32")
    return Buffer(LEVEL_COUNTS, "int32", (size + 1) * LEVELS, size, _BEFORE, _BEFORE)


def image_buffer(first: Layer) -> Buffer:
    """The caller's image, from its making to the first layer."""
    return Buffer(IMAGE, "pixel", first.image.shape.size, 1, _BEFORE, first.index)


def place_all(layers: Sequence[Layer], kernels: Sequence[Kernel], extras: Extras) -> Placed:
    """Every buffer of the model with its place."""
    buffers = [extra for extra in extras if extra is not None]
    for layer, kernel in zip(layers, kernels, strict=True):
        buffers += buffers_of(layer, kernel)
    return place_buffers(buffers)


def step_size(layers: Sequence[Layer], index: int, kernel: Kernel, extras: Extras) -> Size:
    """The least memory while a kernel runs: what it reads, writes and needs as scratch."""
    source = extras.image if index == 0 else map_buffer(layers[index - 1])
    own = buffers_of(layers[index], kernel)
    return least_size(own if source is None else (source, *own))
