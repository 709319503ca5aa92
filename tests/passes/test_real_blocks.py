"""What a product takes along: the functions of its numbers, and a sum with another map."""

from __future__ import annotations

import numpy as np
import pytest

from cbcnn_codegen import reference
from cbcnn_codegen.ir import Graph, Input, Node, Operation, Padding, Shape, Window
from cbcnn_codegen.ops.add import Add
from cbcnn_codegen.ops.average_pool import AveragePool
from cbcnn_codegen.ops.conv import Conv
from cbcnn_codegen.ops.prelu import Prelu
from cbcnn_codegen.ops.real_block import RealBlock
from cbcnn_codegen.ops.real_conv import RealConv
from cbcnn_codegen.ops.relu import Relu
from cbcnn_codegen.ops.sign import Sign
from cbcnn_codegen.passes import lower

SOURCE = Input("image", Shape(5, 4, 2), "uint8", offset=-100)
IMAGES = np.random.default_rng(0).integers(0, 256, (4, 5, 4, 2)).astype(np.uint8)
RANDOM = np.random.default_rng(1)
AROUND = Window(3, 3, 1, 1, Padding(1, 1, 1, 1))


def binary(name: str, read: str) -> tuple[Node, ...]:
    """A sign and a convolution of it; its sums as floats behind a PReLU that falls and rises."""
    weights = RANDOM.choice(np.array([-1, 1], np.int8), (3, 3, 3, 3))
    bend = Prelu(f"{name}/bend", np.array([-0.5, 0.3, 2], np.float32))
    return (
        Node(Sign(f"{name}/signs", 1), (read,)),
        Node(Conv(name, weights, AROUND), (f"{name}/signs",)),
        Node(bend, (name,)),
    )


def real(name: str, read: str, channels: int) -> Node:
    weights = RANDOM.normal(0, 1, (3, 3, 3, channels)).astype(np.float32)
    return Node(RealConv(name, weights, AROUND), (read,))


def lowered(*nodes: Node) -> Graph:
    """The network with a mean behind it; its numbers are those of the one that was read."""
    mean = Node(AveragePool("mean", Window(5, 4, 1, 1)), (nodes[-1].name,))
    graph = Graph("blocks", SOURCE, (*nodes, mean), ("mean",))
    after = lower(graph)
    then, now = (reference.run(of, IMAGES).scores for of in (graph, after))
    np.testing.assert_array_equal(now, then)
    return after


def steps(graph: Graph, name: str) -> list[type[Operation]]:
    op = graph.maker(name).op
    assert isinstance(op, RealBlock)
    return [type(step) for step in op.steps[-3:]]


def test_signs_that_become_floats_are_compared_before() -> None:
    signs, product = binary("conv", real("stem", "image", 2).name)[:2]
    again = Node(Sign("again", 1), ("conv",))
    graph = lowered(real("stem", "image", 2), signs, product, again, Node(Relu("relu"), ("again",)))
    assert not [op for op in graph.ops if isinstance(op, RealBlock) and op.name == "relu"]


def test_a_residual_block_is_one_operation() -> None:
    nodes = (real("stem", "image", 2), *binary("conv", "stem"))
    graph = lowered(*nodes, Node(Add("sum"), ("stem", "conv/bend")), Node(Relu("relu"), ("sum",)))
    assert steps(graph, "relu") == [Prelu, Add, Relu]
    assert graph.maker("relu").inputs == ("conv/signs", "stem")
    assert graph.maker("stem").inputs == ("image",)


def test_the_binary_side_of_a_sum_takes_it() -> None:
    nodes = (real("stem", "image", 2), real("short", "stem", 3), *binary("conv", "stem"))
    graph = lowered(*nodes, Node(Add("sum"), ("short", "conv/bend")))
    assert steps(graph, "sum")[-1] is Add
    assert graph.maker("sum").inputs == ("conv/signs", "short")


def test_numbers_that_two_layers_read_end_a_block() -> None:
    nodes = (real("stem", "image", 2), *binary("conv", "stem"))
    behind = (Node(Relu("relu"), ("conv/bend",)), Node(Add("sum"), ("relu", "conv/bend")))
    graph = lowered(*nodes, *behind)
    assert steps(graph, "conv/bend")[-1] is Prelu
    assert isinstance(graph.maker("relu").op, Relu)


def test_a_sum_of_a_map_with_itself_is_no_step() -> None:
    nodes = (real("stem", "image", 2), *binary("conv", "stem"))
    graph = lowered(*nodes, Node(Add("twice"), ("conv/bend", "conv/bend")))
    assert isinstance(graph.maker("twice").op, Add)


@pytest.mark.parametrize("is_shared", [False, True])
def test_the_image_becomes_floats_where_something_else_needs_them(is_shared: bool) -> None:
    nodes = [real("stem", "image", 2)]
    if is_shared:
        nodes += [
            Node(Relu("relu"), ("image",)),
            real("other", "relu", 2),
            Node(Add("sum"), ("stem", "other")),
        ]
    graph = lowered(*nodes)
    blocks = [node for node in graph.nodes if isinstance(node.op, RealBlock)]
    assert (blocks[0].inputs[0] == "image") != is_shared
