"""What the network computes does not change from pass to pass."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cbcnn_codegen import reference
from cbcnn_codegen.ir import (
    BatchNorm,
    BinarizeInput,
    BinaryConv,
    BinaryDense,
    Graph,
    PoolSigns,
    Scores,
    Sign,
    Threshold,
)
from cbcnn_codegen.passes import PASSES, lower
from support.commands import ROOT, run_in_two_processes
from support.graphs import draw_images, graphs


def signs_by_source(graph: Graph, trace: reference.Trace) -> dict[str, np.ndarray]:
    """The last signs that each source leads to, poolings of signs included."""
    found = {}
    source = None
    for op, output in zip(graph.ops, graph.maps()[1:], strict=True):
        if isinstance(op, Sign | Threshold | BinarizeInput | BinaryConv | BinaryDense):
            source = op.source
        if output.kind == "signs" and source is not None:
            found[source] = trace.maps[op.name].reshape(len(trace.scores), -1)
    return found


@settings(max_examples=300, deadline=None)
@given(graph=graphs(), seed=st.integers(0, 2**16))
def test_every_pass_keeps_the_signs_and_the_class_order(graph: Graph, seed: int) -> None:
    images = draw_images(graph, 6, seed)
    before = reference.run(graph, images)
    expected = signs_by_source(graph, before)
    for step in PASSES:
        graph = step(graph)
        graph.check()
        after = reference.run(graph, images)
        signs = signs_by_source(graph, after)
        assert signs.keys() == expected.keys(), step.__name__
        for source, values in expected.items():
            np.testing.assert_array_equal(signs[source], values, f"{step.__name__}: {source}")
        np.testing.assert_allclose(after.scores, before.scores, rtol=2e-5, atol=2e-4)


@settings(max_examples=100, deadline=None)
@given(graph=graphs())
def test_a_lowered_graph_is_integer_arithmetic_alone(graph: Graph) -> None:
    lowered = lower(graph)
    kinds = (BinarizeInput, BinaryConv, BinaryDense, PoolSigns, Scores)
    assert all(isinstance(op, kinds) for op in lowered.ops)
    assert isinstance(lowered.ops[-1], Scores)
    assert lowered.input.scale == 1.0


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
    norm = graph.ops[-1]
    head = graph.ops[-2]
    if not isinstance(norm, BatchNorm) or norm.fused or getattr(head, "bias", 0) is not None:
        return
    if head.multiplier is not None:
        graph = graph.with_ops((*graph.ops[:-2], replace(head, multiplier=None), norm))
    if graph.input.scale != 1.0:
        graph = replace(graph, input=replace(graph.input, scale=1.0))
    images = draw_images(graph, 4, seed)
    before, after = reference.run(graph, images), reference.run(lower(graph), images)
    np.testing.assert_array_equal(before.scores, after.scores)
