"""Signs that only move stay signs: such networks are of level 1."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import pytest

from cbcnn_codegen import reference
from cbcnn_codegen.ir import Graph, Input, Node, Operation, Padding, Shape, Window
from cbcnn_codegen.ir.drawing import draw_signs
from cbcnn_codegen.ops.batch_norm import BatchNorm
from cbcnn_codegen.ops.concatenate import Concatenate
from cbcnn_codegen.ops.conv import Conv
from cbcnn_codegen.ops.dense import Dense
from cbcnn_codegen.ops.flatten import Flatten
from cbcnn_codegen.ops.gather import Along, Gather
from cbcnn_codegen.ops.gather_signs import GatherSigns
from cbcnn_codegen.ops.real_conv import RealConv
from cbcnn_codegen.ops.repack_signs import RepackSigns
from cbcnn_codegen.ops.reshape import Reshape
from cbcnn_codegen.ops.sign import Sign
from cbcnn_codegen.ops.threshold import Threshold
from cbcnn_codegen.passes import lower

SOURCE = Input("image", Shape(6, 5, 2), "int8")
MAP = Shape(6, 5, 12)
IMAGES = np.random.default_rng(3).integers(-128, 128, (9, 6, 5, 2)).astype(np.int8)
MOVES: dict[str, Callable[[str], Operation]] = {
    "cropping": lambda name: Gather.of_map(name, MAP, rows=Along(4, 0, 1), columns=Along(3, 1, 1)),
    "padding": lambda name: Gather.of_map(name, MAP, rows=Along(8, 0, -1), columns=Along(7, 1, -1)),
    "a slice": lambda name: Gather.of_map(name, MAP, channels=Along(5, 2, 3, 2)),
    "enlarging": lambda name: Gather.of_map(name, MAP, rows=Along(12, 0, repeat=2)),
    "a transpose": lambda name: Gather(name, Along(5, 1), Along(12, 2), Along(6, 0)),
    "a reshape": lambda name: Reshape(name, Shape(4, 9, 10)),
}


def network(
    move: Operation, stem: Operation, *, binarized: bool, zero: Literal[-1, 1] = 1
) -> Graph:
    """Sums of the image, a move of them or of their signs, their signs, and a layer of those."""
    rng = np.random.default_rng(1)
    nodes = [Node(stem, ("image",))]
    norm = BatchNorm.draw("norm", rng, Graph("part", SOURCE, tuple(nodes), ("sums",)).types["sums"])
    nodes.append(Node(norm, ("sums",)))
    if binarized:
        nodes.append(Node(Sign("first", -1), ("norm",)))
    nodes.append(Node(move, (nodes[-1].name,)))
    nodes.append(Node(Sign("signs", zero), (move.name,)))
    shape = Graph("part", SOURCE, tuple(nodes), ("signs",)).types["signs"].shape
    taps = draw_signs(rng, 3, 1, 1, shape.channels)
    nodes.append(Node(Conv("head", taps, Window(1, 1, 1, 1)), ("signs",)))
    return Graph("moves", SOURCE, tuple(nodes), ("head",))


def sums() -> Conv:
    taps = draw_signs(np.random.default_rng(2), 12, 3, 3, 2)
    return Conv("sums", taps, Window(3, 3, 1, 1, Padding(1, 1, 1, 1)))


@pytest.mark.parametrize("binarized", [False, True])
@pytest.mark.parametrize("zero", [-1, 1])
@pytest.mark.parametrize("move", MOVES)
def test_a_move_in_front_of_a_sign_moves_signs(
    move: str, zero: Literal[-1, 1], binarized: bool
) -> None:
    graph = network(MOVES[move]("move"), sums(), binarized=binarized, zero=zero)
    lowered = lower(graph)
    assert lowered.level == 1
    assert isinstance(lowered.maker("signs").op, GatherSigns | RepackSigns)
    then, now = (reference.run(of, IMAGES).maps for of in (graph, lowered))
    np.testing.assert_array_equal(now["signs"], then["signs"])
    np.testing.assert_array_equal(now[lowered.outputs[0]], then["head"])


def test_signs_that_are_flattened_for_a_join_stay_signs() -> None:
    rng = np.random.default_rng(1)
    nodes = [Node(sums(), ("image",)), Node(Sign("signs", 1), ("sums",))]
    nodes += [Node(Flatten("flat"), ("signs",)), Node(Concatenate("join"), ("flat", "flat"))]
    nodes += [Node(Dense("head", draw_signs(rng, 3, 1, 1, 2 * MAP.size)), ("join",))]
    graph = Graph("flat", SOURCE, tuple(nodes), ("head",))
    lowered = lower(graph)
    assert lowered.level == 1
    then, now = (reference.run(of, IMAGES).maps for of in (graph, lowered))
    np.testing.assert_array_equal(now[lowered.outputs[0]], then["head"])


def test_a_slice_of_floats_is_taken_before_its_signs() -> None:
    """Signs of all of them would cost more."""
    weights = np.random.default_rng(2).normal(0, 1, (12, 3, 3, 2)).astype(np.float32)
    stem = RealConv("sums", weights, Window(3, 3, 1, 1, Padding(1, 1, 1, 1)))
    lowered = lower(network(MOVES["a slice"]("move"), stem, binarized=False))
    assert isinstance(lowered.maker("move").op, Gather)
    assert not any(isinstance(op, Threshold | GatherSigns) for op in lowered.ops)
