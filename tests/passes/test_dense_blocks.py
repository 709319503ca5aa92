"""Dense blocks: what a layer adds stays sums of signs, in 16 bits, with thresholds per reader."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cbcnn_codegen import reference
from cbcnn_codegen.ir import FLOAT32, Graph, Input, Node, Padding, Shape, Window
from cbcnn_codegen.ir.drawing import draw_signs
from cbcnn_codegen.kernels import StoredMap
from cbcnn_codegen.ops.add import Add
from cbcnn_codegen.ops.affine import Affine
from cbcnn_codegen.ops.average_pool import AveragePool
from cbcnn_codegen.ops.batch_norm import BatchNorm
from cbcnn_codegen.ops.binary_conv import BinaryConv
from cbcnn_codegen.ops.concatenate import Concatenate
from cbcnn_codegen.ops.conv import Conv
from cbcnn_codegen.ops.flatten import Flatten
from cbcnn_codegen.ops.max_pool import MaxPool
from cbcnn_codegen.ops.real_conv import RealConv
from cbcnn_codegen.ops.real_dense import RealDense
from cbcnn_codegen.ops.relu import Relu
from cbcnn_codegen.ops.sign import Sign
from cbcnn_codegen.ops.threshold import Threshold
from cbcnn_codegen.options import Options
from cbcnn_codegen.passes import PASSES, lower
from cbcnn_codegen.passes.split_joins import ENDS, split_joins
from cbcnn_codegen.passes.widths import find_narrow
from cbcnn_codegen.plan import make_plan
from cbcnn_codegen.plan.sites import store_maps
from cbcnn_codegen.targets import find_target

SOURCE = Input("image", Shape(8, 8, 2), "int8")
AROUND = Window(3, 3, 1, 1, Padding(1, 1, 1, 1))
ONE = Window(1, 1, 1, 1)
STEM, GROWTH = 8, 16


class _Network:
    """Nodes, and the shapes that their names have."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.nodes: list[Node] = []

    def put(self, node: Node) -> str:
        self.nodes.append(node)
        return node.name

    def norm(self, name: str, read: str) -> str:
        graph = Graph("part", SOURCE, tuple(self.nodes), (read,))
        norm = BatchNorm.draw(name, self.rng, graph.types[read])
        return self.put(Node(replace(norm, fused=True, multiply_add=True), (read,)))

    def signs(self, name: str, read: str) -> str:
        return self.put(Node(Sign(name, 1), (self.norm(f"{name}/norm", read),)))

    def conv(self, name: str, read: str, inputs: int, filters: int = GROWTH) -> str:
        taps = draw_signs(self.rng, filters, 3, 3, inputs)
        return self.put(Node(Conv(name, taps, AROUND), (read,)))


def dense_network(
    seed: int, *, real_stem: bool = True, norm_behind: bool = False, pools: bool = True
) -> Graph:
    """Three layers that each read all maps before them, and a real end that reads all.

    Without `pools` a step of the stem makes maps small, and a mean takes them whole.
    """
    made = _Network(seed)
    if real_stem:
        taps = made.rng.normal(0, 0.1, (STEM, 3, 3, 2)).astype(np.float32)
        stream = made.put(Node(RealConv("stem", taps, AROUND), ("image",)))
    else:
        stream = made.conv("stem", "image", 2, STEM)
    if not pools:
        stream = made.put(Node(MaxPool("early", Window(4, 4, 4, 4)), (stream,)))
    for index in range(3):
        read = made.signs(f"signs_{index}", stream)
        grown = made.conv(f"sums_{index}", read, STEM + GROWTH * index)
        if norm_behind:
            grown = made.norm(f"norm_{index}", grown)
        stream = made.put(Node(Concatenate(f"join_{index}"), (stream, grown)))
    bent = made.put(Node(Relu("relu"), (made.norm("norm", stream),)))
    pooled = made.put(Node(MaxPool("pool", Window(2, 2, 2, 2)), (bent,))) if pools else bent
    size = 4 if pools else 2
    mean = made.put(Node(AveragePool("mean", Window(size, size, 1, 1)), (pooled,)))
    weights = made.rng.normal(0, 1, (3, 1, 1, STEM + 3 * GROWTH)).astype(np.float32)
    head = made.put(Node(RealDense("head", weights), (made.put(Node(Flatten("flat"), (mean,))),)))
    return Graph("dense", SOURCE, tuple(made.nodes), (head,))


@pytest.mark.parametrize("real_stem", [True, False])
@pytest.mark.parametrize("norm_behind", [False, True])
def test_no_number_changes_where_joins_are_split(real_stem: bool, norm_behind: bool) -> None:
    for seed in range(4):
        graph = dense_network(seed, real_stem=real_stem, norm_behind=norm_behind)
        images = np.random.default_rng(seed).integers(-128, 128, (4, 8, 8, 2)).astype(np.int8)
        before = reference.run(graph, images)
        known = {"image": SOURCE.compute(images), **before.maps}
        compared = 0
        for step in PASSES:
            graph = step(graph)
            graph.check()
            after = reference.run(graph, images)
            for node in graph.nodes:
                if node.as_read:
                    then = known[node.as_read].reshape(len(images), -1)
                    now = after.maps[node.name].reshape(len(images), -1)
                    np.testing.assert_array_equal(now, then, f"{step.__name__}: {node}")
                    compared += isinstance(node.op, Concatenate)
        assert compared > 0
        np.testing.assert_array_equal(after.maps[graph.outputs[0]], before.maps["head"])


@pytest.mark.parametrize("norm_behind", [False, True])
def test_each_reader_of_a_dense_block_compares_the_sums_of_the_layers_before_it(
    norm_behind: bool,
) -> None:
    graph = lower(dense_network(1, norm_behind=norm_behind))
    readers = {name: graph.readers(name) for name in ("sums_0", "sums_1")}
    thresholds = {name: [isinstance(of.op, Threshold) for of in readers[name]] for name in readers}
    assert {name: sum(of) for name, of in thresholds.items()} == {"sums_0": 2, "sums_1": 1}
    products = [node.op for node in graph.nodes if isinstance(node.op, BinaryConv)]
    assert len(products) == 2, "sums that several read are computed once"
    joined = [node for node in graph.nodes if isinstance(node.op, Concatenate)]
    floats = [
        graph.types[node.name] for node in joined if graph.types[node.name].element == FLOAT32
    ]
    assert {of.shape[:2] for of in floats} == {(4, 4)}, "floats are joined behind the pooling"


@pytest.mark.parametrize("pools", [False, True])
def test_joins_are_split_only_as_far_as_that_saves_memory(pools: bool) -> None:
    graph = dense_network(1, pools=pools)
    lowered, way = lower(graph), {}
    for ends in ENDS:
        way[ends] = graph
        for step in PASSES:
            way[ends] = step(way[ends]) if step is not split_joins else split_joins(way[ends], ends)
    arenas = {ends: _arena(of) for ends, of in way.items()}
    assert _arena(lowered) <= 1.02 * min(arenas.values())
    fewer = [len(of.nodes) for ends, of in way.items() if arenas[ends] <= _arena(lowered)]
    assert len(lowered.nodes) == min(fewer)


def test_a_dense_block_behind_a_larger_map_is_not_split() -> None:
    """A split takes code and tables: two kernels more, and thresholds for each reader."""
    lowered = lower(dense_network(1, pools=False))
    assert not any(isinstance(node.op, Threshold) for node in lowered.nodes)


def _arena(graph: Graph) -> int:
    return make_plan(graph, find_target("cortex-m4"), Options("dense")).arena_bytes


def test_sums_of_a_dense_block_lie_in_16_bits() -> None:
    graph = lower(dense_network(1))
    stored = store_maps(graph, "integer")
    assert {stored[name].layout for name in ("sums_0", "sums_1")} == {"int16"}
    plan = make_plan(graph, find_target("cortex-m4"), Options("dense"))
    block = [step for step in plan.steps if step.site.op.name in ("sums_0", "sums_1")]
    assert [step.output.bytes for step in block] == [8 * 8 * GROWTH * 2] * 2


def _sum_of_signs(largest: int, *, more: int = 0) -> dict[str, StoredMap]:
    """Sums of `largest` signs, added to sums of `more`."""
    rng = np.random.default_rng(1)
    source = Input("image", Shape(1, 1, largest), "int8")
    one = Window(1, 1, 1, 1)
    nodes = [
        Node(Sign("signs", 1), ("image",)),
        Node(Conv("sums", draw_signs(rng, 2, 1, 1, largest), one), ("signs",)),
        Node(Sign("signs_2", 1), ("sums",)),
        Node(Conv("others", draw_signs(rng, 2, 1, 1, 2), one), ("signs_2",)),
        Node(Add("total"), ("sums", "others")),
        Node(Affine("half", None, np.full(2, 0.5, np.float32)), ("total",)),
        Node(Sign("signs_3", 1), ("half",)),
        Node(Conv("head", draw_signs(rng, 2, 1, 1, 2), one), ("signs_3",)),
    ]
    return store_maps(lower(Graph("sums", source, tuple(nodes), ("head",))), "integer")


@pytest.mark.parametrize(("largest", "layout"), [(32765, "int16"), (32766, "int32")])
def test_a_sum_and_what_it_adds_have_16_bits_where_the_bound_of_the_sum_fits(
    largest: int, layout: str
) -> None:
    """The fan-in is the bound; two signs are added to that many."""
    stored = _sum_of_signs(largest)
    assert {stored[name].layout for name in ("sums", "others", "total")} == {layout}


def test_scores_read_integers_of_32_bits() -> None:
    graph = lower(dense_network(2, real_stem=False))
    narrow = find_narrow(graph)
    assert narrow
    assert not narrow.intersection(graph.maker(graph.outputs[0]).inputs)


def test_sums_that_only_become_floats_keep_32_bits() -> None:
    """The floats take the place of the sums; sums of 16 bits would lie beside them."""
    made = _Network(0)
    made.put(Node(Relu("relu"), (made.norm("norm", made.conv("sums", "image", 2)),)))
    made.put(Node(RealConv("last", np.ones((1, 1, 1, GROWTH), np.float32), ONE), ("relu",)))
    graph = lower(Graph("sums", SOURCE, tuple(made.nodes), ("last",)))
    assert graph.types["sums"].element.largest < 2**15
    assert not find_narrow(graph)
