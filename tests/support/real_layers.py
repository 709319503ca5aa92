"""Single operations on floats, drawn from a seed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cbcnn_codegen.ir import FLOAT32, Graph, Input, Node, Shape, ValueType, Window
from cbcnn_codegen.ir.drawing import draw_signs
from cbcnn_codegen.ops import all_operations
from cbcnn_codegen.ops.add import Add
from cbcnn_codegen.ops.affine import Affine
from cbcnn_codegen.ops.batch_norm import BatchNorm
from cbcnn_codegen.ops.binary_conv import BinaryConv
from cbcnn_codegen.ops.concatenate import Concatenate
from cbcnn_codegen.ops.maximum import Maximum
from cbcnn_codegen.ops.multiply import Multiply
from cbcnn_codegen.ops.real_block import RealBlock
from cbcnn_codegen.ops.to_float import ToFloat
from cbcnn_inputs.metadata import InputType
from support.layers import Case, Generator, draw_binarization, draw_images

REALS = sorted(
    (of for of in all_operations().values() if of.is_real and not of.is_renaming),
    key=lambda of: of.__name__,
)
"""Operations that kernels compute on floats."""


def draw_reals(rng: Generator, pixel: InputType) -> Case:
    """An operation on floats of many sizes, zeros among them; or one that makes floats."""
    source, integers = _draw_integers(rng, pixel)
    read = integers[-1].name if integers else source.name
    of = Graph("floats", source, integers, (read,)).types[read]
    made = [*integers, Node(ToFloat.draw("floats", rng, of), (read,))]
    if rng.random() < 0.1:
        return Case(Graph("floats", source, tuple(made), ("floats",)), draw_images(rng, source))
    of = ValueType(FLOAT32, of.shape)
    multiplier = rng.normal(0, 1, of.shape.channels) * 2.0 ** rng.integers(-12, 6)
    bias = rng.normal(0, 3, of.shape.channels) * rng.integers(0, 2)
    bend = Affine("bend", multiplier.astype(np.float32), bias.astype(np.float32))
    kind = REALS[int(rng.integers(len(REALS)))]
    pair = kind in (Add, Concatenate, Maximum, Multiply)
    op = kind.draw("op", rng, *([of, of] if pair else [of]))
    if isinstance(op, BatchNorm):
        op = replace(op, fused=bool(rng.random() < 0.7), multiply_add=True)
    made += [Node(bend, ("floats",)), Node(op, ("bend", "floats") if pair else ("bend",))]
    return Case(Graph("floats", source, tuple(made), ("op",)), draw_images(rng, source))


def draw_block(rng: Generator, pixel: InputType) -> Case:
    """A product on signs, on the image or on floats, and what follows it, a sum among it."""
    source, nodes = _draw_source(rng, pixel)
    read = nodes[-1].name if nodes else source.name
    of = Graph("block", source, nodes, (read,)).types[read]
    first = RealBlock.draw("first", rng, of)
    if rng.random() < 0.5:
        made = (*nodes, Node(first, (read,)))
    else:
        parts = (of, first.widening, first.product)
        op = RealBlock.draw_behind("op", rng, *parts, joins=True)
        made = (*nodes, Node(first, (read,)), Node(op, (read, "first")))
    return Case(Graph("block", source, made, (made[-1].name,)), draw_images(rng, source))


def _draw_source(rng: Generator, pixel: InputType) -> tuple[Input, tuple[Node, ...]]:
    """An image, and what makes signs, floats or nothing of it."""
    height, width = (int(rng.integers(1, 12)) for _ in range(2))
    shape = Shape(height, width, int(rng.choice([1, 2, 3, 4, 5, 8, 13, 33, 65])))
    source = Input("image", shape, pixel, int(rng.choice([0, 1])), int(rng.integers(-255, 256)))
    style = rng.integers(0, 3)
    if style == 0:
        return source, ()
    if style == 1:
        return source, (Node(draw_binarization(rng, source), ("image",)),)
    return source, (Node(ToFloat.draw("floats", rng, source.type), ("image",)),)


def _draw_integers(rng: Generator, pixel: InputType) -> tuple[Input, tuple[Node, ...]]:
    """An image, and what makes signs, sums or nothing of it."""
    height, width = (int(rng.integers(1, 8)) for _ in range(2))
    shape = Shape(height, width, int(rng.choice([1, 2, 3, 4, 5, 8, 13, 33, 65])))
    source = Input("image", shape, pixel, int(rng.choice([0, 1])), int(rng.integers(-255, 256)))
    style = rng.integers(0, 3)
    if style == 0:
        return source, ()
    if style == 1:
        return source, (Node(draw_binarization(rng, source), ("image",)),)
    taps = draw_signs(rng, int(rng.integers(1, 6)), 1, 1, shape.channels)
    sums = BinaryConv("sums", taps, Window(1, 1, 1, 1), 0, None, None, None)
    return source, (Node(sums, ("image",)),)
