"""Single operations of branches of signs and integers, drawn from a seed."""

from __future__ import annotations

import numpy as np

from cbcnn_codegen.ir import Graph, Input, Node, Operation, Shape, Window
from cbcnn_codegen.ir.drawing import draw_signs
from cbcnn_codegen.ops.add import Add
from cbcnn_codegen.ops.binary_conv import BinaryConv
from cbcnn_codegen.ops.concatenate import Concatenate
from cbcnn_codegen.ops.gather_signs import GatherSigns
from cbcnn_codegen.ops.max_pool import MaxPool
from cbcnn_codegen.ops.multiply import Multiply
from cbcnn_codegen.ops.repack_signs import RepackSigns
from cbcnn_codegen.ops.sum_pool import SumPool
from cbcnn_codegen.ops.threshold import Threshold
from cbcnn_codegen.ops.to_integers import ToIntegers
from cbcnn_inputs.metadata import InputType
from support.layers import CHANNELS, Case, Generator, draw_binarization, draw_images

ON_INTEGERS = (Add, Concatenate, MaxPool, Multiply, SumPool, Threshold)
ON_SIGNS = (Concatenate, GatherSigns, Multiply, RepackSigns, SumPool, ToIntegers)
JOINS = (Add, Concatenate, Multiply)


def draw_integers(rng: Generator, pixel: InputType) -> Case:
    """An operation on signs, or on sums of them, or the image as integers."""
    height, width = (int(rng.integers(1, 8)) for _ in range(2))
    shape = Shape(height, width, int(rng.choice(CHANNELS)))
    source = Input("image", shape, pixel, int(rng.choice([0, 1])), int(rng.integers(-255, 256)))
    if rng.random() < 0.1:
        made = (Node(ToIntegers("op"), ("image",)),)
        return Case(Graph("integers", source, made, ("op",)), draw_images(rng, source))
    on_signs = bool(rng.random() < 0.4)
    kinds: tuple[type[Operation], ...] = ON_SIGNS if on_signs else ON_INTEGERS
    kind = kinds[int(rng.integers(len(kinds)))]
    channels = int(rng.choice(CHANNELS))
    reads = [channels]
    if kind in JOINS:
        reads.append(int(rng.choice(CHANNELS)) if kind is Concatenate else channels)
    nodes: list[Node] = [Node(draw_binarization(rng, source), ("image",))]
    for index, filters in enumerate(reads):
        nodes.append(_values(rng, f"read_{index}", shape.channels, filters, on_signs))
    names = tuple(f"read_{index}" for index in range(len(reads)))
    types = Graph("integers", source, tuple(nodes), names).types
    op = kind.draw("op", rng, *(types[name] for name in names))
    nodes.append(Node(op, names))
    return Case(Graph("integers", source, tuple(nodes), ("op",)), draw_images(rng, source))


def _values(rng: Generator, name: str, channels: int, filters: int, are_signs: bool) -> Node:
    """Sums of the signs of each pixel, compared or not."""
    weights = draw_signs(rng, filters, 1, 1, channels)
    thresholds = rng.integers(-2, 3, filters).astype(np.int32) if are_signs else None
    complement = rng.random(filters) < 0.5 if are_signs else None
    window = Window(1, 1, 1, 1)
    op = BinaryConv(name, weights, window, 0, None, thresholds, complement)
    return Node(op, ("signs",))
