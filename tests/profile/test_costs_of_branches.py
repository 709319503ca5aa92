"""The cost model predicts what joins and poolings of integers take on emulated cores."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cbcnn_codegen.ir import Graph, Input, Node, Operation, Shape, Window
from cbcnn_codegen.ops.add import Add
from cbcnn_codegen.ops.binary_conv import BinaryConv
from cbcnn_codegen.ops.concatenate import Concatenate
from cbcnn_codegen.ops.max_pool import MaxPool
from cbcnn_codegen.ops.multiply import Multiply
from cbcnn_codegen.ops.scores import Scores
from cbcnn_codegen.ops.sum_pool import SumPool
from cbcnn_codegen.ops.threshold import Threshold
from cbcnn_codegen.profile.image import choose_image
from cbcnn_codegen.profile.run import Profiler
from cbcnn_codegen.targets import find_target
from support.generated import generate_graph
from support.profiled import require_profiler

CLOSE = 0.15
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


@pytest.mark.parametrize("name", ["cortex-m4", "cortex-m0plus", "rv32imac"])
def test_predictions_of_branches_are_within_fifteen_per_cent(name: str, tmp_path: Path) -> None:
    target = find_target(name)
    require_profiler(target)
    project = generate_graph(branches(), tmp_path / "code", name)
    profile = Profiler(project, target, choose_image(project, None, 0)).run()
    counted = {layer.name: layer.instructions or 0 for layer in profile.layers}
    looked_at = [layer for layer in project.layers if layer.kernel.endswith(("i32_i32", "i32_b1"))]
    assert len(looked_at) >= 7
    far_off = {
        layer.name: (layer.instructions_estimated, counted[layer.name])
        for layer in looked_at
        if abs(layer.instructions_estimated - counted[layer.name]) > CLOSE * counted[layer.name]
    }
    assert not far_off
