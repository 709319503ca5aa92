"""Graphs with branches: a value that several operations read, and operations that read several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from cbcnn_codegen import reference
from cbcnn_codegen.errors import UnsupportedLayerError
from cbcnn_codegen.ir import (
    FLOAT32,
    Array,
    Graph,
    Input,
    Node,
    Operation,
    Padding,
    Shape,
    ValueType,
    Window,
    integers,
)
from cbcnn_codegen.ops.add import Add
from cbcnn_codegen.ops.batch_norm import BatchNorm
from cbcnn_codegen.ops.binary_conv import BinaryConv
from cbcnn_codegen.ops.conv import Conv
from cbcnn_codegen.ops.dense import Dense
from cbcnn_codegen.ops.flatten import Flatten
from cbcnn_codegen.ops.gather import Along, Gather
from cbcnn_codegen.ops.max_pool import MaxPool
from cbcnn_codegen.ops.real_dense import RealDense
from cbcnn_codegen.ops.sign import Sign
from cbcnn_codegen.passes import PASSES, lower

SOURCE = Input("image", Shape(6, 5, 2), "int8")
IMAGES = np.random.default_rng(3).integers(-128, 128, (9, 6, 5, 2)).astype(np.int8)


@dataclass(frozen=True, eq=False)
class Sum(Operation):
    """Stands for an operation that no pass knows: it reads two values of one shape."""

    def infer(self, left: ValueType, right: ValueType) -> ValueType:
        if left.shape != right.shape:
            raise ValueError(f"{self.name}: {left} and {right}")
        kinds = {left.element.kind, right.element.kind}
        low, high = left.element.low + right.element.low, left.element.high + right.element.high
        return ValueType(FLOAT32 if "float32" in kinds else integers(low, high), left.shape)

    def compute(self, left: Array, right: Array) -> Array:
        kind = np.float32 if np.float32 in (left.dtype, right.dtype) else np.int32
        total: Array = left.astype(kind) + right.astype(kind)
        return total


@dataclass(frozen=True, eq=False)
class Half(Operation):
    """Stands for a split: every second channel, from the first or the second on."""

    first: int

    def infer(self, source: ValueType) -> ValueType:
        channels = len(range(self.first, source.shape.channels, 2))
        return source._replace(shape=source.shape._replace(channels=channels))

    def compute(self, x: Array) -> Array:
        return x[..., self.first :: 2]


@dataclass(frozen=True, eq=False)
class Average(Operation):
    """Stands for average pooling of the whole map."""

    def infer(self, source: ValueType) -> ValueType:
        return ValueType(FLOAT32, source.shape._replace(height=1, width=1))

    def compute(self, x: Array) -> Array:
        mean: Array = x.astype(np.float32).mean(axis=(1, 2), keepdims=True)
        return mean


@dataclass(frozen=True, eq=False)
class Levels(Operation):
    """Stands for a quantizer of two bits: integers 0 to 3."""

    def infer(self, source: ValueType) -> ValueType:
        return ValueType(integers(0, 3), source.shape)

    def compute(self, x: Array) -> Array:
        levels: Array = np.clip(np.rint(x / np.float32(8)), 0, 3).astype(np.int32)
        return levels


def signs(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), shape)


def conv(name: str, inputs: int, outputs: int, seed: int) -> Conv:
    weights = signs(outputs, 3, 3, inputs, seed=seed)
    return Conv(name, weights, Window(3, 3, 1, 1, Padding(1, 1, 1, 1)))


def norm(name: str, channels: int, seed: int, gamma: float | None = None) -> BatchNorm:
    rng = np.random.default_rng(seed)
    scale = rng.normal(0, 1, channels) if gamma is None else np.full(channels, gamma)
    values = (scale, rng.normal(0, 1, channels), rng.normal(0, 3, channels), np.ones(channels))
    gamma_, beta, mean, variance = (value.astype(np.float32) for value in values)
    return BatchNorm(name, gamma_, beta, mean, variance, 1e-3, fused=True)


def graph_of(*nodes: Node, outputs: tuple[str, ...] = ("head",)) -> Graph:
    return Graph("branches", SOURCE, nodes, outputs)


def start() -> tuple[Node, ...]:
    """The image's sums and their signs."""
    return (
        Node(conv("first", 2, 5, 1), ("image",)),
        Node(norm("norm", 5, 2), ("first",)),
        Node(Sign("signs", 1), ("norm",)),
    )


def head(name: str, read: str, inputs: int) -> tuple[Node, ...]:
    flat = f"{name}/flatten"
    return (
        Node(Flatten(flat), (read,)),
        Node(Dense(name, signs(3, 1, 1, 30 * inputs, seed=7)), (flat,)),
    )


def two_readers_of_signs() -> Graph:
    """Two convolutions read the same signs, and one layer the signs of both."""
    branches = (
        Node(conv("left", 5, 4, 3), ("signs",)),
        Node(norm("left/norm", 4, 4), ("left",)),
        Node(Sign("left/signs", 1), ("left/norm",)),
        Node(conv("right", 5, 4, 5), ("signs",)),
        Node(norm("right/norm", 4, 6), ("right",)),
        Node(Sign("right/signs", -1), ("right/norm",)),
        Node(Sum("sum"), ("left/signs", "right/signs")),
    )
    return graph_of(*start(), *branches, *head("head", "sum", 4))


def two_chains_of_sums(gamma: float) -> Graph:
    """One convolution's sums go through two norms; the second falls, and pools behind it."""
    chains = (
        Node(norm("other", 5, 9, gamma), ("first",)),
        Node(MaxPool("pool", Window(1, 1, 1, 1)), ("other",)),
        Node(Sign("other/signs", 1), ("pool",)),
        Node(Sum("sum"), ("signs", "other/signs")),
    )
    return graph_of(*start(), *chains, *head("head", "sum", 5))


def a_float_stream() -> Graph:
    """What a norm makes goes to a sign and, as it is, around the next layer."""
    stream = (
        Node(conv("second", 5, 5, 8), ("signs",)),
        Node(norm("second/norm", 5, 9), ("second",)),
        Node(Sum("stream"), ("norm", "second/norm")),
        Node(Sign("stream/signs", 1), ("stream",)),
    )
    return graph_of(*start(), *stream, *head("head", "stream/signs", 5))


def a_pooled_stream(gamma: float, join: Operation) -> Graph:
    """What a norm makes of pooled sums goes to a sign and, as it is, around the next layer."""
    pool = MaxPool("pool", Window(2, 2, 1, 1, Padding(0, 0, 1, 1)))
    nodes = (
        Node(conv("first", 2, 5, 1), ("image",)),
        Node(pool, ("first",)),
        Node(norm("norm", 5, 2, gamma), ("pool",)),
        Node(Sign("signs", 1), ("norm",)),
        Node(conv("second", 5, 5, 8), ("signs",)),
        Node(norm("second/norm", 5, 9), ("second",)),
        Node(join, ("norm", "second/norm")),
        Node(Sign("stream/signs", 1), (join.name,)),
    )
    return graph_of(*nodes, *head("head", "stream/signs", 5))


def a_pooled_chain_of_sums() -> Graph:
    """Pooled sums fall to signs, and a second chain reads what is pooled."""
    pool = MaxPool("pool", Window(2, 2, 1, 1, Padding(0, 0, 1, 1)))
    nodes = (
        Node(conv("first", 2, 5, 1), ("image",)),
        Node(norm("norm", 5, 2, -1.0), ("first",)),
        Node(pool, ("norm",)),
        Node(Sign("signs", 1), ("pool",)),
        Node(Levels("levels"), ("norm",)),
        Node(Sum("sum"), ("signs", "levels")),
    )
    return graph_of(*nodes, *head("head", "sum", 5))


def pooled_and_whole_signs() -> Graph:
    """The same signs are read as they are and pooled."""
    nodes = (
        Node(MaxPool("pool", Window(2, 2, 1, 1, Padding(0, 0, 1, 1))), ("signs",)),
        Node(conv("small", 5, 4, 3), ("pool",)),
        Node(conv("whole", 5, 4, 5), ("signs",)),
        Node(Sum("sum"), ("small", "whole")),
        Node(norm("sum/norm", 4, 11), ("sum",)),
        Node(Sign("sum/signs", 1), ("sum/norm",)),
    )
    return graph_of(*start(), *nodes, *head("head", "sum/signs", 4))


def a_split() -> Graph:
    """Signs in halves, each with a layer of its own."""
    nodes = (
        Node(Half("even", 0), ("signs",)),
        Node(Half("odd", 1), ("signs",)),
        Node(conv("left", 3, 4, 3), ("even",)),
        Node(conv("right", 2, 4, 5), ("odd",)),
        Node(Sum("sum"), ("left", "right")),
    )
    return graph_of(*start(), *nodes, *head("head", "sum", 4))


def two_outputs() -> Graph:
    """Scores beside an average of the sums."""
    return graph_of(
        *start(),
        *head("head", "signs", 5),
        Node(Average("mean"), ("norm",)),
        outputs=("head", "mean"),
    )


def levels() -> Graph:
    """A convolution of integers 0 to 3."""
    nodes = (Node(Levels("levels"), ("norm",)), Node(conv("second", 5, 4, 8), ("levels",)))
    return graph_of(*start()[:2], *nodes, *head("head", "second", 4))


GRAPHS = {
    "two readers of signs": two_readers_of_signs(),
    "two chains of sums": two_chains_of_sums(1.0),
    "two chains of sums, of which one falls": two_chains_of_sums(-1.0),
    "a float stream": a_float_stream(),
    "a pooled stream": a_pooled_stream(1.0, Sum("stream")),
    "a pooled stream that falls": a_pooled_stream(-1.0, Sum("stream")),
    "a pooled chain of sums": a_pooled_chain_of_sums(),
    "pooled and whole signs": pooled_and_whole_signs(),
    "a split": a_split(),
    "two outputs": two_outputs(),
    "levels": levels(),
}


@pytest.mark.parametrize("what", GRAPHS)
def test_a_graph_with_branches_holds_its_invariants_and_has_a_text(what: str) -> None:
    graph = GRAPHS[what]
    graph.check()
    lines = str(graph).splitlines()
    assert len(lines) == len(graph.nodes) + 3
    assert lines[-1] == f"  outputs {', '.join(graph.outputs)}"
    for node in graph.nodes:
        assert any(f"<- {', '.join(node.inputs)}" in line for line in lines)


@pytest.mark.parametrize("what", GRAPHS)
def test_every_value_has_the_type_that_it_says(what: str) -> None:
    graph = GRAPHS[what]
    maps = reference.run(graph, IMAGES).maps
    dtypes = {"signs": np.int8, "integers": np.int32, "float32": np.float32}
    for node in graph.nodes:
        element, shape = graph.types[node.name]
        values = maps[node.name]
        assert values.dtype == dtypes[element.kind], node.name
        assert values.shape[1:] == shape, node.name
        if element.kind != "float32":
            assert ((values - element.low) % element.step == 0).all(), node.name
            assert (values >= element.low).all(), node.name
            assert (values <= element.high).all(), node.name


@pytest.mark.parametrize("what", GRAPHS)
def test_no_pass_changes_a_number_of_a_graph_with_branches(what: str) -> None:
    graph = GRAPHS[what]
    before = reference.run(graph, IMAGES)
    for step in PASSES:
        graph = step(graph)
        graph.check()
        after = reference.run(graph, IMAGES)
        for node in graph.nodes:
            if node.as_read:
                then = before.maps[node.as_read].reshape(len(IMAGES), -1)
                now = after.maps[node.name].reshape(len(IMAGES), -1)
                np.testing.assert_array_equal(now, then, f"{step.__name__}: {node.name}")
        for now, then in zip(after.outputs, before.outputs, strict=True):
            np.testing.assert_allclose(now.ravel(), then.ravel(), rtol=2e-5, atol=2e-4)


def test_signs_that_two_layers_read_are_computed_once() -> None:
    graph = two_readers_of_signs()
    for step in PASSES:
        graph = step(graph)
    convolutions = [node for node in graph.nodes if isinstance(node.op, BinaryConv)]
    assert [node.name for node in convolutions] == ["first", "left", "right"]
    assert [node.inputs for node in convolutions] == [("image",), ("first",), ("first",)]


@pytest.mark.parametrize("gamma", [1.0, -1.0])
def test_the_product_in_front_of_a_stream_is_computed_once(gamma: float) -> None:
    """The stream's signs are those of its floats, which are there anyway."""
    lowered = lower(a_pooled_stream(gamma, Add("stream")))
    products = [getattr(node.op, "product", node.op) for node in lowered.nodes]
    assert [op.name for op in products if isinstance(op, BinaryConv)] == ["first", "second"]


@pytest.mark.parametrize("gamma", [1.0, -1.0])
def test_sums_that_two_chains_read_are_compared_for_each(gamma: float) -> None:
    graph = two_chains_of_sums(gamma)
    for step in PASSES:
        graph = step(graph)
    first, other = (node.op for node in graph.nodes if isinstance(node.op, BinaryConv))
    assert isinstance(first, BinaryConv)
    assert isinstance(other, BinaryConv)
    assert first.pool is None
    assert other.pool == Window(1, 1, 1, 1)
    assert (first.weights == gamma * other.weights).all()


@pytest.mark.parametrize("what", ["two readers of signs", "a float stream", "a split", "levels"])
def test_what_has_no_kernel_is_refused_by_name_at_the_end(what: str) -> None:
    with pytest.raises(UnsupportedLayerError) as refused:
        lower(GRAPHS[what])
    name = {"two readers of signs": "sum", "a float stream": "stream", "a split": "even"}
    assert f"{name.get(what, 'levels')!r}" in str(refused.value)
    assert "allowed" in str(refused.value)


def test_an_inner_value_that_is_put_out_too_stays_there() -> None:
    graph = graph_of(*start(), *head("head", "signs", 5), outputs=("head", "signs", "head"))
    lowered = lower(graph)
    assert lowered.level == 1
    assert [form.name for form in lowered.output_forms] == ["head", "signs", "head"]
    made, wanted = (reference.run(of, IMAGES).vectors for of in (lowered, graph))
    for one, other in zip(made, wanted, strict=True):
        np.testing.assert_array_equal(one, other)


BROKEN = {
    "a name that repeats": (graph_of(*start(), *start()), "repeat"),
    "a value that is read before it is made": (graph_of(*reversed(start())), "before"),
    "a circle": (
        graph_of(Node(Sign("a", 1), ("b",)), Node(Sign("b", 1), ("a",)), outputs=("b",)),
        "before",
    ),
    "a value that leads nowhere": (
        graph_of(*start(), Node(Sign("idle", 1), ("norm",)), outputs=("signs",)),
        "idle.*lead to no output",
    ),
    "an output that nothing makes": (graph_of(*start(), outputs=("other",)), "other"),
    "no output": (graph_of(*start(), outputs=()), "outputs"),
    "shapes that do not meet": (
        graph_of(*start(), Node(Sum("sum"), ("image", "signs")), outputs=("sum",)),
        "sum: ",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_invariant_is_told(what: str) -> None:
    graph, message = BROKEN[what]
    with pytest.raises(ValueError, match=message):
        graph.check()


def test_a_pool_of_a_map_made_of_flattened_numbers_stays() -> None:
    """Numbers of one pixel may be spread over several again, as a RepeatVector does."""
    shape, ones = Shape(2, 2, 3), np.ones((4, 1, 1, 12), np.float32)
    nodes = (
        Node(Flatten("flat"), ("image",)),
        Node(Gather.of_map("again", Shape(1, 1, 12), columns=Along(3, 1, step=0)), ("flat",)),
        Node(MaxPool("pool", Window(1, 3, 1, 1)), ("again",)),
        Node(RealDense("dense", ones), ("pool",)),
    )
    graph = Graph("again", Input("image", shape, "int8"), nodes, ("dense",))
    graph.check()
    lowered = lower(graph)
    images = np.random.default_rng(0).integers(-128, 128, (5, *shape), np.int8)
    before, after = (reference.run(of, images).scores for of in (graph, lowered))
    np.testing.assert_array_equal(after, before)
