"""The cost model predicts what layers of floats take on emulated cores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from cbcnn_codegen.ir import Graph, Input, Node, Operation, Shape, Window, same_padding
from cbcnn_codegen.ops.add import Add
from cbcnn_codegen.ops.average_pool import AveragePool
from cbcnn_codegen.ops.batch_norm import BatchNorm
from cbcnn_codegen.ops.concatenate import Concatenate
from cbcnn_codegen.ops.conv import Conv
from cbcnn_codegen.ops.dorefa import Dorefa
from cbcnn_codegen.ops.elu import Elu
from cbcnn_codegen.ops.flatten import Flatten
from cbcnn_codegen.ops.gather import Along, Gather
from cbcnn_codegen.ops.layer_norm import LayerNorm
from cbcnn_codegen.ops.max_pool import MaxPool
from cbcnn_codegen.ops.maximum import Maximum
from cbcnn_codegen.ops.multiply import Multiply
from cbcnn_codegen.ops.real_conv import RealConv
from cbcnn_codegen.ops.real_dense import RealDense
from cbcnn_codegen.ops.sigmoid import Sigmoid
from cbcnn_codegen.ops.sign import Sign
from cbcnn_codegen.ops.softmax import Softmax
from cbcnn_codegen.ops.tanh import Tanh
from cbcnn_codegen.ops.ternary import Ternary
from cbcnn_codegen.passes import lower
from cbcnn_codegen.profile.image import choose_image
from cbcnn_codegen.profile.run import Profiler
from cbcnn_codegen.targets import find_target
from support.generated import generate_graph
from support.profiled import require_profiler

CLOSE = 0.15
CHANNELS = 12
SIDE = 8
SHAPE = Shape(SIDE, SIDE, CHANNELS)
VARIES = ("elu_f32_f32", "sign_f32_b1", "ternary_f32_f32")
"""Kernels that take other ways for negative numbers: the whole network holds them."""
WITH_UNIT = ("cortex-m4",)
IN_INTEGERS = ("rv32imac",)
"""What a layer of floats takes there depends on the numbers: the whole network is held."""


def window(size: int, stride: int = 1) -> Window:
    plain = Window(size, size, stride, stride)
    return plain._replace(padding=same_padding((SIDE, SIDE), plain))


def norm(name: str, channels: int, random: np.random.Generator) -> Operation:
    gamma, beta, mean = random.normal(0, 1, (3, channels)).astype(np.float32)
    variance = random.uniform(1, 2, channels).astype(np.float32)
    return BatchNorm(name, gamma, beta, mean, variance, 1e-3, fused=True, multiply_add=True)


def real(name: str, taps: int, size: int, random: np.random.Generator, channels: int) -> Operation:
    weights = random.normal(0, 0.3, (channels, size, size, taps)).astype(np.float32)
    return RealConv(name, weights, window(size))


def functions() -> Iterator[Operation]:
    """Each stands there twice, as in most networks, with others between."""
    ones = np.ones(CHANNELS, np.float32)
    for of in "ab":
        yield Sigmoid(f"sigmoid {of}")
        yield LayerNorm(f"normalised {of}", ones, 0 * ones, 1e-3)
        yield Tanh(f"tanh {of}")
        yield MaxPool(f"largest {of}", window(3))
        yield Softmax(f"softmax {of}")
        yield AveragePool(f"mean {of}", window(2))
        yield norm(f"norm {of}", CHANNELS, np.random.default_rng(1))
        yield Elu(f"elu {of}")


def moves() -> Iterator[Operation]:
    """Twice what puts numbers at other places; the maps end as large as they began."""
    for of in "ab":
        rows, columns = Along(2 * SIDE, 0, repeat=2), Along(2 * SIDE, 1, repeat=2)
        yield Gather.of_map(f"repeated {of}", SHAPE, rows=rows, columns=columns)
        repeated = Shape(2 * SIDE, 2 * SIDE, CHANNELS)
        rows, columns = Along(SIDE + 2, 0, -1), Along(SIDE + 2, 1, -1)
        yield Gather.of_map(f"padded {of}", repeated, rows=rows, columns=columns)
        padded = Shape(SIDE + 2, SIDE + 2, CHANNELS)
        rows, columns = Along(SIDE, 0, 1), Along(SIDE, 1, 1)
        turned = Along(CHANNELS, 2, CHANNELS - 1, -1)
        yield Gather.of_map(f"cut {of}", padded, rows=rows, columns=columns, channels=turned)
        yield Ternary(f"ternary {of}", 0.3)
        yield Dorefa(f"steps {of}", 7)


def floats() -> Graph:
    """Products, joins, functions and moves of floats, in a chain with shortcuts."""
    random = np.random.default_rng(0)
    nodes = [Node(real("stem", 2, 3, random, CHANNELS), ("image",))]
    nodes.append(Node(norm("stem norm", CHANNELS, random), ("stem",)))
    read = "stem norm"
    for op in functions():
        nodes.append(Node(op, (read,)))
        read = op.name
    for of, join in (("a", Maximum), ("b", Maximum), ("c", Multiply), ("d", Multiply)):
        nodes.append(Node(real(f"conv {of}", CHANNELS, 1, random, CHANNELS), (read,)))
        nodes.append(Node(join(f"join {of}"), (f"conv {of}", read)))
        read = f"join {of}"
    for op in moves():
        nodes.append(Node(op, (read,)))
        read = op.name
    for of in "ab":
        weights = random.choice(np.array([-1, 1], np.int8), (CHANNELS, 3, 3, CHANNELS))
        nodes += [
            Node(Sign(f"sign {of}", 1), (read,)),
            Node(Conv(f"binary {of}", weights, window(3)), (f"sign {of}",)),
            Node(norm(f"binary norm {of}", CHANNELS, random), (f"binary {of}",)),
            Node(Add(f"add {of}"), (f"binary norm {of}", read)),
        ]
        read = f"add {of}"
    nodes.append(Node(Concatenate("joined"), ("add b", "add a")))
    nodes.append(Node(Concatenate("joined twice"), ("joined", "add a")))
    size = SHAPE.size * 3
    dense = random.normal(0, 0.05, (10, 1, 1, size)).astype(np.float32)
    nodes += [Node(Flatten("flat"), ("joined twice",)), Node(RealDense("dense", dense), ("flat",))]
    return Graph("floats", Input("image", Shape(SIDE, SIDE, 2), "int8"), tuple(nodes), ("dense",))


@pytest.mark.parametrize("name", [*WITH_UNIT, *IN_INTEGERS])
def test_predictions_of_floats_are_within_fifteen_per_cent(name: str, tmp_path: Path) -> None:
    target = find_target(name)
    require_profiler(target)
    project = generate_graph(lower(floats()), tmp_path / "code", name)
    profile = Profiler(project, target, choose_image(project, None, 0)).run()
    counted = {layer.name: layer.instructions or 0 for layer in profile.layers}
    far_off = {
        layer.name: (layer.kernel, layer.instructions_estimated, counted[layer.name])
        for layer in project.layers
        if abs(layer.instructions_estimated - counted[layer.name]) > CLOSE * counted[layer.name]
        and layer.kernel not in VARIES
    }
    predicted = sum(layer.instructions_estimated for layer in project.layers)
    total = sum(counted.values())
    assert not far_off or name in IN_INTEGERS
    assert abs(predicted - total) <= CLOSE * total
