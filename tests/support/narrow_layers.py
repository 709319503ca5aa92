"""Single operations of quantized networks, drawn from a seed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cbcnn_codegen.ir import Graph, Input, Node, Operation, Shape, ValueType, Window
from cbcnn_codegen.ops import all_operations
from cbcnn_codegen.ops.binary_conv import BinaryConv
from cbcnn_codegen.ops.lookup import Lookup
from cbcnn_codegen.ops.quantized_add import QuantizedAdd
from cbcnn_codegen.ops.quantized_average import QuantizedAverage
from cbcnn_codegen.ops.quantized_concatenate import QuantizedConcatenate
from cbcnn_codegen.ops.quantized_conv import QuantizedConv
from cbcnn_codegen.ops.quantized_multiply import QuantizedMultiply
from cbcnn_codegen.ops.requantize import Requantize, draw_rescaling
from cbcnn_codegen.ops.rescaled_conv import RescaledConv
from cbcnn_codegen.ops.threshold import Threshold
from cbcnn_inputs.metadata import InputType
from support.layers import Case, Generator, draw_binarization, draw_images

NARROW = sorted(
    (of for of in all_operations().values() if of.is_narrow and not of.is_renaming),
    key=lambda of: of.__name__,
)
"""Operations that kernels compute on integers of 8 or 16 bits."""

QUANTIZED: tuple[type[Operation], ...] = (
    QuantizedConv,
    QuantizedConv,
    QuantizedAdd,
    QuantizedAverage,
    QuantizedConcatenate,
    QuantizedMultiply,
    Requantize,
    Requantize,
    Lookup,
    *NARROW,
)
PAIRS = (QuantizedAdd, QuantizedConcatenate, QuantizedMultiply)
ONLY_16 = (*PAIRS, QuantizedAverage, Threshold)
WIDTHS: dict[str, tuple[int, ...]] = {"plane": (16,), "signs": (8, 16), "sums": (8, 16)}
"""Widths that kernels make of what is no integer of 8 or 16 bits."""


def draw_narrow(rng: Generator, pixel: InputType) -> Case:
    """An operation on integers of 8 or 16 bits, or on what they are made of."""
    source, kind, nodes = _draw_start(rng, pixel)
    read = nodes[-1].name if nodes else source.name
    if rng.random() < 0.3:
        return _of_start(rng, source, kind, nodes, read)
    of = QUANTIZED[int(rng.integers(len(QUANTIZED)))]
    bits = 16 if kind == "plane" or of in ONLY_16 else int(rng.choice([8, 16]))
    if of is QuantizedConv or of is Lookup:
        bits = 8
    if kind == "plane" and bits == 8:
        nodes.append(_rescale(rng, source, nodes, read, 16, "wide"))
        read = "wide"
    nodes.append(_rescale(rng, source, nodes, read, bits, "narrow"))
    made = Graph("narrow", source, tuple(nodes), ("narrow",)).types["narrow"]
    if of is Requantize and bits == 16:
        bits = int(rng.choice([8, 16, 32]))
        op: Operation = Requantize(
            "op", draw_rescaling(rng, made.shape.channels, made.element.largest, bits)
        )
    elif of is Requantize:
        op = Lookup.draw("op", rng, made)
    else:
        op = of.draw("op", rng, *[made] * (2 if of in PAIRS else 1))
    reads: tuple[str, ...] = ("narrow",)
    if of in PAIRS:
        nodes.append(_rescale(rng, source, nodes[:-1], nodes[-1].inputs[0], bits, "other"))
        reads = ("narrow", "other")
    nodes.append(Node(op, reads))
    return Case(Graph("narrow", source, tuple(nodes), ("op",)), draw_images(rng, source))


def _of_start(rng: Generator, source: Input, kind: str, nodes: list[Node], read: str) -> Case:
    """A rescaling of the image, of signs and of sums, or a convolution of the image."""
    bits = int(rng.choice(WIDTHS[kind]))
    if kind == "plane" and rng.random() < 0.7:
        op: Operation = QuantizedConv.draw("op", rng, source.type)
        while op.infer(source.type).element.bits == 32:
            op = QuantizedConv.draw("op", rng, source.type)
        nodes.append(Node(op, (read,)))
    elif kind == "signs" and rng.random() < 0.7:
        of = Graph("so far", source, tuple(nodes), (read,)).types[read]
        nodes.append(Node(RescaledConv.draw("op", rng, of), (read,)))
        if rng.random() < 0.5:
            nodes[-1:] = _with_shortcut(rng, nodes[-1], of)
    else:
        nodes.append(_rescale(rng, source, nodes, read, bits, "op"))
    return Case(Graph("start", source, tuple(nodes), ("op",)), draw_images(rng, source))


def _with_shortcut(rng: Generator, conv: Node, of: ValueType) -> tuple[Node, Node]:
    """A convolution, and one behind it that adds what the first one makes."""
    assert isinstance(conv.op, RescaledConv), "of signs"
    made = conv.op.infer(of)
    add = QuantizedAdd.draw("add", rng, made, made)
    first = Node(replace(conv.op, name="shortcut"), conv.inputs)
    return first, Node(replace(conv.op, add=add), (*conv.inputs, "shortcut"))


def _rescale(
    rng: Generator, source: Input, nodes: list[Node], read: str, bits: int, name: str
) -> Node:
    of: ValueType = Graph("so far", source, tuple(nodes), (read,)).types[read]
    rescaling = draw_rescaling(rng, of.shape.channels, of.element.largest, bits)
    return Node(Requantize(name, rescaling), (read,))


def _draw_start(rng: Generator, pixel: InputType) -> tuple[Input, str, list[Node]]:
    """An image, and what makes signs, sums or nothing of it."""
    height, width = (int(rng.integers(1, 8)) for _ in range(2))
    shape = Shape(height, width, int(rng.choice([1, 2, 3, 4, 5, 8, 13, 33, 65])))
    source = Input("image", shape, pixel, int(rng.choice([0, 1])), int(rng.integers(-255, 256)))
    style = rng.integers(0, 3)
    if style == 0:
        return source, "plane", []
    if style == 1:
        return source, "signs", [Node(draw_binarization(rng, source), ("image",))]
    taps = rng.choice(np.array([-1, 1], np.int8), (int(rng.integers(1, 9)), 1, 1, shape.channels))
    sums = BinaryConv("sums", taps, Window(1, 1, 1, 1), 0, None, None, None)
    return source, "sums", [Node(sums, ("image",))]
