"""What the network computes does not change from pass to pass."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cbcnn_codegen import reference
from cbcnn_codegen.ir import SIGNS, Graph, Product
from cbcnn_codegen.ops.affine import Affine
from cbcnn_codegen.ops.batch_norm import BatchNorm
from cbcnn_codegen.ops.binarize_input import BinarizeInput
from cbcnn_codegen.ops.binary_conv import BinaryConv
from cbcnn_codegen.ops.binary_dense import BinaryDense
from cbcnn_codegen.ops.dense import Dense
from cbcnn_codegen.ops.pool_signs import PoolSigns
from cbcnn_codegen.ops.scores import Scores
from cbcnn_codegen.passes import PASSES, lower
from support.commands import ROOT, run_in_two_processes
from support.graphs import draw_images, graphs


def assert_same_numbers(graph: Graph, values: reference.Trace, before: reference.Trace) -> None:
    """Every value that says which one of the network as read it is has its numbers."""
    images = len(before.scores)
    for node in graph.nodes:
        if node.as_read:
            now, then = values.maps[node.name], before.maps[node.as_read]
            np.testing.assert_array_equal(
                now.reshape(images, -1), then.reshape(images, -1), f"{node.name}: {node.as_read}"
            )


def last_signs(graph: Graph) -> list[str]:
    """The signs that a product reads."""
    reads = (node.inputs[0] for node in graph.nodes if isinstance(node.op, Product))
    return [name for name in reads if graph.types[name].element == SIGNS]


@settings(max_examples=300, deadline=None)
@given(graph=graphs(), seed=st.integers(0, 2**16))
def test_every_pass_keeps_the_signs_and_the_class_order(graph: Graph, seed: int) -> None:
    images = draw_images(graph, 6, seed)
    before, count = reference.run(graph, images), len(last_signs(graph))
    for step in PASSES:
        graph = step(graph)
        graph.check()
        after = reference.run(graph, images)
        assert_same_numbers(graph, after, before)
        known = [node.as_read for node in graph.nodes if node.name in last_signs(graph)]
        assert all(known), step.__name__
        assert len(known) == count, step.__name__
        np.testing.assert_allclose(after.scores, before.scores, rtol=2e-5, atol=2e-4)


@settings(max_examples=100, deadline=None)
@given(graph=graphs())
def test_a_lowered_graph_is_integer_arithmetic_alone(graph: Graph) -> None:
    lowered = lower(graph)
    kinds = (BinarizeInput, BinaryConv, BinaryDense, PoolSigns, Scores)
    assert all(isinstance(op, kinds) for op in lowered.ops)
    assert isinstance(lowered.ops[-1], Scores)


LOWER_FILES = """
import sys
from pathlib import Path
from cbcnn_codegen.passes import lower
from cbcnn_codegen.read import read_model

for path in sys.argv[1:]:
    print(lower(read_model(Path(path), input_type="int8").graph))
"""


def test_a_graph_is_lowered_to_the_same_text_in_every_process() -> None:
    files = sorted((ROOT / "tests" / "read" / "data").glob("*/*.h5"))
    assert "BinaryConv" in run_in_two_processes(LOWER_FILES, *files)


@settings(max_examples=100, deadline=None)
@given(graph=graphs(), seed=st.integers(0, 2**16))
def test_a_plain_batch_norm_head_scores_as_keras_does(graph: Graph, seed: int) -> None:
    *rest, head, norm = graph.ops
    if not isinstance(norm, BatchNorm) or norm.fused or not isinstance(head, Dense):
        return
    if isinstance(rest[0], Affine) if rest else False:
        return
    images = draw_images(graph, 4, seed)
    before, after = reference.run(graph, images), reference.run(lower(graph), images)
    np.testing.assert_array_equal(before.scores, after.scores)
