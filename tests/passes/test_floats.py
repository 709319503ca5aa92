"""What becomes of real numbers, and of what joins signs."""

from __future__ import annotations

import numpy as np
import pytest

from cbcnn_codegen import reference
from cbcnn_codegen.errors import UnsupportedLayerError
from cbcnn_codegen.ir import Graph, Input, Node, Operation, Padding, Shape, Window
from cbcnn_codegen.ops.add import Add
from cbcnn_codegen.ops.average_pool import AveragePool
from cbcnn_codegen.ops.concatenate import Concatenate
from cbcnn_codegen.ops.conv import Conv
from cbcnn_codegen.ops.flatten import Flatten
from cbcnn_codegen.ops.max_pool import MaxPool
from cbcnn_codegen.ops.multiply import Multiply
from cbcnn_codegen.ops.pool_signs import PoolSigns
from cbcnn_codegen.ops.real_conv import RealConv
from cbcnn_codegen.ops.real_dense import RealDense
from cbcnn_codegen.ops.real_scores import RealScores
from cbcnn_codegen.ops.scores import Scores
from cbcnn_codegen.ops.sign import Sign
from cbcnn_codegen.ops.to_float import ToFloat
from cbcnn_codegen.options import Options
from cbcnn_codegen.passes import lower
from cbcnn_codegen.plan import make_plan
from cbcnn_codegen.targets import find_target

SOURCE = Input("image", Shape(4, 3, 2), "uint8", offset=-100)
IMAGES = np.random.default_rng(0).integers(0, 256, (5, 4, 3, 2)).astype(np.uint8)
RANDOM = np.random.default_rng(1)


def conv(name: str, channels: int, filters: int) -> Conv:
    weights = RANDOM.choice(np.array([-1, 1], np.int8), (filters, 3, 3, channels))
    return Conv(name, weights, Window(3, 3, 1, 1, Padding(1, 1, 1, 1)))


def dense(name: str, inputs: int) -> RealDense:
    return RealDense(name, RANDOM.normal(0, 1, (3, 1, 1, inputs)).astype(np.float32))


def joined(join: Operation, *behind: Node) -> Graph:
    """Two signs of the image's sums, joined, and what reads the join."""
    nodes = (
        Node(conv("first", 2, 5), ("image",)),
        Node(Sign("first/signs", 1), ("first",)),
        Node(conv("second", 2, 5), ("image",)),
        Node(Sign("second/signs", 1), ("second",)),
        Node(join, ("first/signs", "second/signs")),
        *behind,
    )
    return Graph("joined", SOURCE, nodes, (behind[-1].name,))


@pytest.mark.parametrize("join", [Concatenate("join"), Add("join")])
def test_joined_signs_that_a_real_layer_reads_are_floats(join: Operation) -> None:
    channels = 10 if isinstance(join, Concatenate) else 5
    head = (Node(Flatten("flat"), ("join",)), Node(dense("head", 12 * channels), ("flat",)))
    graph = joined(join, *head)
    lowered = lower(graph)
    assert lowered.level == 2
    assert lowered.types["join"].element.kind == "float32"
    before, after = reference.run(graph, IMAGES), reference.run(lowered, IMAGES)
    np.testing.assert_array_equal(after.scores, before.scores)


def test_sums_of_signs_that_a_binary_layer_reads_are_refused_with_a_cure() -> None:
    pool = AveragePool("mean", Window(4, 3, 1, 1))
    graph = joined(Add("join"), Node(conv("third", 5, 4), ("join",)), Node(pool, ("third",)))
    with pytest.raises(UnsupportedLayerError) as refused:
        lower(graph)
    assert "'join'" in str(refused.value)
    assert "a batch normalization in front of it" in str(refused.value)


def test_means_of_signs_are_sums_that_become_floats() -> None:
    mean, flat = AveragePool("mean", Window(4, 3, 1, 1)), Flatten("flat")
    nodes = (
        Node(conv("first", 2, 5), ("image",)),
        Node(Sign("signs", 1), ("first",)),
        Node(mean, ("signs",)),
        Node(AveragePool("other", Window(4, 3, 1, 1), 4), ("signs",)),
        Node(Add("sum"), ("mean", "other")),
        Node(flat, ("sum",)),
        Node(dense("head", 5), ("flat",)),
    )
    lowered = lower(Graph("shared", SOURCE, nodes, ("head",)))
    floats = [node for node in lowered.nodes if isinstance(node.op, ToFloat)]
    assert [node.inputs for node in floats] == [("mean/sum",), ("other/sum",)]
    assert isinstance(lowered.ops[-1], RealScores)


def test_products_that_float32_rounds_are_computed_on_floats() -> None:
    """Sums reach 9 * 128 * 2, their third powers 2**33."""
    pool = AveragePool("mean", Window(4, 3, 1, 1))
    nodes = (
        Node(conv("first", 2, 5), ("image",)),
        Node(Multiply("square"), ("first", "first")),
        Node(Multiply("cube"), ("square", "first")),
        Node(Add("sum"), ("cube", "square")),
        Node(pool, ("sum",)),
    )
    graph = Graph("large", SOURCE, nodes, ("mean",))
    lowered = lower(graph)
    assert lowered.types["square"].element.kind == "integers"
    assert lowered.types["cube"].element.kind == "float32"
    before, after = reference.run(graph, IMAGES), reference.run(lowered, IMAGES)
    large = np.abs(after.maps["cube"]) >= 2**24
    assert large.any()
    np.testing.assert_array_equal(after.maps["square"], before.maps["square"])
    exact = before.maps["square"].astype(np.float32) * before.maps["first"].astype(np.float32)
    np.testing.assert_array_equal(after.maps["cube"], exact)


def test_a_network_of_signs_and_integers_has_no_floats() -> None:
    nodes = (
        Node(conv("first", 2, 5), ("image",)),
        Node(MaxPool("pool", Window(4, 3, 1, 1)), ("first",)),
    )
    lowered = lower(Graph("exact", SOURCE, nodes, ("pool",)))
    assert lowered.level == 1
    assert isinstance(lowered.ops[-1], Scores)


def test_maxima_of_signs_of_floats_are_pooled_as_signs() -> None:
    """No comparison of integers is there to wait for them."""
    weights = RANDOM.normal(0, 1, (5, 3, 3, 2)).astype(np.float32)
    nodes = (
        Node(RealConv("real", weights, Window(3, 3, 1, 1, Padding(1, 1, 1, 1))), ("image",)),
        Node(Sign("signs", 1), ("real",)),
        Node(MaxPool("pool", Window(2, 2, 1, 1)), ("signs",)),
        Node(conv("binary", 5, 4), ("pool",)),
        Node(Flatten("flat"), ("binary",)),
        Node(dense("head", 3 * 2 * 4), ("flat",)),
    )
    graph = Graph("pooled", SOURCE, nodes, ("head",))
    lowered = lower(graph)
    assert isinstance(lowered.maker("pool").op, PoolSigns)
    make_plan(lowered, find_target("host"), Options(name="net"))
    before, after = reference.run(graph, IMAGES), reference.run(lowered, IMAGES)
    np.testing.assert_array_equal(after.maps["pool"], before.maps["pool"])
    np.testing.assert_array_equal(after.scores, before.scores)
