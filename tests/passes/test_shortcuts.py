"""A convolution in integers of 16 bits takes in the sum behind it."""

from __future__ import annotations

import numpy as np
import pytest

from cbcnn_codegen import reference
from cbcnn_codegen.ir import Graph, Input, Node, Padding, Shape, Window
from cbcnn_codegen.ops.binarize_input import BinarizeInput
from cbcnn_codegen.ops.binary_conv import BinaryConv
from cbcnn_codegen.ops.quantized_add import QuantizedAdd
from cbcnn_codegen.ops.requantize import Requantize, draw_rescaling
from cbcnn_codegen.ops.rescaled_conv import RescaledConv
from cbcnn_codegen.passes import lower, lower_unfused
from cbcnn_codegen.passes.fuse_shortcuts import fuse_shortcuts
from cbcnn_codegen.read import read_model
from support.commands import ROOT

QUICKNET = ROOT / "examples" / "models" / "gtsrb-quicknet-small" / "model.h5"
SOURCE = Input("image", Shape(5, 4, 3), "uint8", offset=-100)
RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.integers(0, 256, (4, *SOURCE.shape)).astype(np.uint8)
SIGNS = Node(
    BinarizeInput("signs", np.array([3, -8, 0]), np.array([False, True, False])), ("image",)
)
STEM = Node(Requantize("stem", draw_rescaling(RANDOM, 3, 255, 16)), ("image",))


def convolution(name: str) -> Node:
    weights = RANDOM.choice(np.array([-1, 1], np.int8), (3, 3, 3, 3))
    window = Window(3, 3, 1, 1, Padding(1, 1, 1, 1))
    product = BinaryConv(name, weights, window, 0, None, None, None)
    return Node(RescaledConv(name, product, draw_rescaling(RANDOM, 3, 27, 16)), ("signs",))


def add(name: str, first: str, second: str) -> Node:
    return Node(QuantizedAdd(name, (1, 3), 2), (first, second))


def fused(*nodes: Node, outputs: tuple[str, ...] = ()) -> Graph:
    """The network, whose numbers are those of the one before."""
    graph = Graph("shortcuts", SOURCE, (SIGNS, STEM, *nodes), outputs or (nodes[-1].name,))
    after = fuse_shortcuts(graph)
    after.check()
    for then, now in zip(
        *(reference.run(of, IMAGES).outputs for of in (graph, after)), strict=True
    ):
        np.testing.assert_array_equal(now, then)
    return after


@pytest.mark.parametrize("inputs", [("conv", "stem"), ("stem", "conv")])
def test_a_convolution_adds_what_the_shortcut_brings(inputs: tuple[str, str]) -> None:
    graph = fused(convolution("conv"), add("sum", *inputs))
    assert [node.name for node in graph.nodes] == ["signs", "stem", "sum"]
    assert graph.maker("sum").inputs == ("signs", "stem")


def test_the_later_of_two_convolutions_adds_the_other() -> None:
    graph = fused(convolution("first"), convolution("second"), add("sum", "first", "second"))
    assert [node.name for node in graph.nodes if node.name != "stem"] == ["signs", "first", "sum"]


def test_sums_of_sums_go_on_with_them() -> None:
    blocks = (convolution("a"), add("b", "stem", "a"), convolution("c"), add("d", "b", "c"))
    assert [node.name for node in fused(*blocks).nodes] == ["signs", "stem", "b", "d"]


def test_a_map_that_something_else_reads_is_kept() -> None:
    twice = fused(convolution("conv"), add("sum", "conv", "stem"), add("more", "sum", "conv"))
    put_out = fused(convolution("conv"), add("sum", "conv", "stem"), outputs=("sum", "conv"))
    assert all(graph.maker("conv").inputs == ("signs",) for graph in (twice, put_out))


def test_a_map_is_not_added_to_itself() -> None:
    graph = fused(convolution("conv"), add("sum", "conv", "conv"))
    assert graph.maker("sum").inputs == ("conv", "conv")


def test_a_residual_network_in_integers_keeps_no_pass_for_its_sums() -> None:
    graph = read_model(QUICKNET).graph
    ranges = dict.fromkeys(lower_unfused(graph).types, 8.0)
    operations = [node.op for node in lower(graph, ranges).nodes]
    convolutions = [op for op in operations if isinstance(op, RescaledConv)]
    assert len(convolutions) == 3
    assert all(op.add is not None for op in convolutions)
    assert not any(isinstance(op, QuantizedAdd) for op in operations)
