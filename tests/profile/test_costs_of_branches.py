"""The cost model predicts what joins and poolings of integers take on emulated cores."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.fit_joins import build, build_once
from cbcnn_codegen.ir import Graph, Input, Node, Operation, Shape, Window
from cbcnn_codegen.ops.add import Add
from cbcnn_codegen.ops.binary_conv import BinaryConv
from cbcnn_codegen.ops.concatenate import Concatenate
from cbcnn_codegen.ops.max_pool import MaxPool
from cbcnn_codegen.ops.multiply import Multiply
from cbcnn_codegen.ops.scores import Scores
from cbcnn_codegen.ops.sum_pool import SumPool
from cbcnn_codegen.ops.threshold import Threshold
from cbcnn_codegen.options import Options
from cbcnn_codegen.plan import make_plan
from cbcnn_codegen.profile.image import choose_image
from cbcnn_codegen.profile.run import Profiler
from cbcnn_codegen.targets import find_target
from support.generated import generate_graph
from support.profiled import require_profiler

CLOSE = 0.15
SMALL = 1000
"""Instructions of layers that nobody asks for."""
PRODUCTS = ("conv_", "sums_")
"""Kernels of products, which `test_costs.py` looks at."""
WIDTHS = ("i16_i16", "i32_i32")
CHANNELS = 40
RANDOM = np.random.default_rng(0)


def conv(name: str, channels: int, is_signs: bool) -> Operation:
    weights = RANDOM.choice(np.array([-1, 1], np.int8), (CHANNELS, 1, 1, channels))
    thresholds = RANDOM.integers(-2, 3, CHANNELS).astype(np.int32) if is_signs else None
    complement = RANDOM.random(CHANNELS) < 0.5 if is_signs else None
    return BinaryConv(name, weights, Window(1, 1, 1, 1), 0, None, thresholds, complement)


def threshold(name: str) -> Operation:
    thresholds = RANDOM.integers(-3, 4, 2 * CHANNELS).astype(np.int32)
    return Threshold(name, thresholds, RANDOM.random(2 * CHANNELS) < 0.5)


def branches() -> Graph:
    """Every kind of layer that is looked at stands there twice, as in most networks."""
    ones, zeros = np.ones(2 * CHANNELS, np.float32), np.zeros(2 * CHANNELS, np.float32)
    nodes = (
        Node(conv("signs", 2, True), ("image",)),
        Node(conv("first", CHANNELS, False), ("signs",)),
        Node(conv("second", CHANNELS, False), ("signs",)),
        Node(Add("sum"), ("first", "second")),
        Node(Add("sum_2"), ("sum", "second")),
        Node(Multiply("product"), ("sum", "second")),
        Node(Multiply("product_2"), ("product", "sum_2")),
        Node(Concatenate("joined"), ("product_2", "first")),
        Node(threshold("signs_2"), ("joined",)),
        Node(threshold("signs_3"), ("joined",)),
        Node(conv("third", 2 * CHANNELS, False), ("signs_2",)),
        Node(conv("fourth", 2 * CHANNELS, False), ("signs_3",)),
        Node(Concatenate("joined_2"), ("third", "fourth")),
        Node(MaxPool("pooled", Window(3, 3, 1, 1)), ("joined_2",)),
        Node(MaxPool("pooled_2", Window(2, 2, 2, 2)), ("pooled",)),
        Node(SumPool("summed", Window(2, 2, 1, 1)), ("pooled_2",)),
        Node(SumPool("summed_2", Window(3, 3, 1, 1)), ("summed",)),
        Node(Scores("scores", ones, zeros), ("summed_2",)),
    )
    return Graph("branches", Input("image", Shape(10, 10, 2), "uint8"), nodes, ("scores",))


ROUGH = {"cortex-m0plus": 0.35, "rv32imac": 0.35}
"""Sums of signs and thresholds depend on the numbers, and single small layers are unrolled."""


def networks() -> dict[str, Graph]:
    """Every kernel of joins twice; once; and with integers of 16 bits alone."""
    return {"twice": branches(), "once": build_once(24), "several": build(24)}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        *(("cortex-m4", shown) for shown in ("twice", "once", "several")),
        ("cortex-m0plus", "several"),
        ("rv32imac", "twice"),
    ],
)
def test_predictions_of_branches_are_within_fifteen_per_cent(
    name: str, shown: str, tmp_path: Path
) -> None:
    """All layers but products."""
    target = find_target(name)
    require_profiler(target)
    project = generate_graph(networks()[shown], tmp_path / "code", name)
    profile = Profiler(project, target, choose_image(project, None, 0)).run()
    counted = {layer.name: layer.instructions or 0 for layer in profile.layers}
    looked_at = [layer for layer in project.layers if counted[layer.name] > SMALL]
    looked_at = [layer for layer in looked_at if not layer.kernel.startswith(PRODUCTS)]
    assert len({layer.kernel for layer in looked_at}) >= 8
    close = ROUGH.get(name, CLOSE)
    far_off = {
        layer.name: (layer.kernel, layer.instructions_estimated, counted[layer.name])
        for layer in looked_at
        if abs(layer.instructions_estimated - counted[layer.name]) > close * counted[layer.name]
    }
    assert not far_off


def test_every_kernel_of_joins_is_looked_at() -> None:
    """Of those that Graphs of signs and integers have."""
    used = set()
    for graph in networks().values():
        plan = make_plan(graph, find_target("cortex-m4"), Options(name="net"))
        used |= {step.offer.kernel for step in plan.steps}
    joins = {
        *(f"{join}_{of}" for join in ("add", "multiply", "concatenate") for of in WIDTHS),
        *("multiply_b1_b1", "concatenate_b1_b1", "gather_b1_b1", "repack_b1_b1"),
        *("max_pool_i16_i16", "sum_pool_i16_i16", "sum_pool_i16_i32", "sum_pool_b1_i16"),
        *("integers_b1_i16", "threshold_i16_b1", "threshold_i32_b1"),
    }
    assert not joins - used
