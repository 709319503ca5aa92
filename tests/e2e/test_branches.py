"""Branches of signs and integers: exact, without a float, after every pass and in C."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cbcnn_codegen import reference
from cbcnn_codegen.ir import Input, Shape, Window, chain_graph
from cbcnn_codegen.ops.batch_norm import BatchNorm
from cbcnn_codegen.ops.conv import Conv
from cbcnn_codegen.ops.dense import Dense
from cbcnn_codegen.ops.multiply import Multiply
from cbcnn_codegen.ops.prelu import Prelu
from cbcnn_codegen.ops.sign import Sign
from cbcnn_codegen.options import MODES, Optimize
from cbcnn_codegen.passes import PASSES, lower
from cbcnn_codegen.verify.expect import expect_reference
from support.branches import draw_branches
from support.complete import image_count
from support.generated import CAREFUL, compare_code, generate_graph, run_code
from support.graphs import draw_images
from support.tools import require_tool

IMAGES = 6
NETWORKS = image_count(36, 600)
COMPILED = image_count(1, 40)
"""Networks for each mode and word size that become programs."""


@pytest.mark.parametrize("block", range(3))
def test_no_pass_changes_a_value_of_branches_and_none_is_real(block: int) -> None:
    kernels = set()
    for seed in range(block, NETWORKS, 3):
        graph = draw_branches(seed)
        images = draw_images(graph, IMAGES, seed)
        before = reference.run(graph, images)
        for step in PASSES:
            graph = step(graph)
            graph.check()
            after = reference.run(graph, images)
            for node in graph.nodes:
                if node.as_read:
                    then = before.maps[node.as_read].reshape(len(images), -1)
                    now = after.maps[node.name].reshape(len(images), -1)
                    np.testing.assert_array_equal(now, then, f"{seed}, {step.__name__}: {node}")
        assert graph.level == 1, seed
        kernels |= {type(node.op).__name__ for node in graph.nodes}
    wanted = {"Add", "Concatenate", "Multiply", "SumPool", "Threshold", "ToIntegers"}
    assert wanted <= kernels


def test_a_prelu_that_falls_and_rises_is_two_comparisons() -> None:
    """Its sums are computed for each, and the product of the signs is that of the whole."""
    rng = np.random.default_rng(1)
    source = Input("image", Shape(4, 4, 2), "int8")
    taps = Conv("sums", rng.choice(np.array([-1, 1], np.int8), (3, 1, 1, 2)), Window(1, 1, 1, 1))
    slopes = np.array([-0.5, 0.25, -3], np.float32)
    norm = BatchNorm.draw("norm", rng, taps.infer(source.type))
    norm = replace(norm, mean=np.full(3, 40, np.float32), gamma=np.array([1, -1, -1], np.float32))
    weights = rng.choice(np.array([-1, 1], np.int8), (2, 4, 4, 3))
    ops = (taps, Prelu("bend", slopes), norm, Sign("sign", 1), Dense("head", weights))
    graph = chain_graph("bent", source, ops)
    lowered = lower(graph)
    assert lowered.level == 1
    assert isinstance(lowered.maker("sign").op, Multiply)
    images = draw_images(graph, 50)
    then, now = (reference.run(of, images).maps["sign"] for of in (graph, lowered))
    np.testing.assert_array_equal(now, then)
    assert 0.1 < (now > 0).mean() < 0.9


@pytest.mark.parametrize("target", ["host", "cortex-m4"])
@pytest.mark.parametrize("optimize", MODES)
def test_branches_are_exact_in_c(optimize: Optimize, target: str, tmp_path: Path) -> None:
    require_tool("gcc", "gcc")
    first = MODES.index(optimize) * COMPILED + (1000 if target == "host" else 2000)
    for seed in range(first, first + COMPILED):
        graph = lower(draw_branches(seed))
        folder = tmp_path / str(seed)
        project = generate_graph(graph, folder / "code", target, optimize)
        images = draw_images(graph, IMAGES, seed)
        samples, outputs = run_code(project, images, graph, CAREFUL, folder / "build")
        expected = expect_reference(graph, samples.planes, traced=True)
        compared = compare_code(project, outputs, expected, samples)
        assert compared.mismatched_bits == 0, (seed, compared.first)
