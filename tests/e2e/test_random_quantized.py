"""Random networks of floats and signs with shortcuts, quantized: C against the interpreter."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cbcnn_codegen.calibrate import calibrate
from cbcnn_codegen.emit import write_project
from cbcnn_codegen.errors import DataError
from cbcnn_codegen.generation import make_files
from cbcnn_codegen.ir import Graph, Input, Node, Shape, ValueType, Window, same_padding
from cbcnn_codegen.ops import all_operations
from cbcnn_codegen.ops.add import Add
from cbcnn_codegen.ops.affine import Affine
from cbcnn_codegen.ops.average_pool import AveragePool
from cbcnn_codegen.ops.batch_norm import BatchNorm
from cbcnn_codegen.ops.concatenate import Concatenate
from cbcnn_codegen.ops.conv import Conv
from cbcnn_codegen.ops.max_pool import MaxPool
from cbcnn_codegen.ops.multiply import Multiply
from cbcnn_codegen.ops.real_conv import RealConv
from cbcnn_codegen.ops.real_dense import RealDense
from cbcnn_codegen.ops.sign import Sign
from cbcnn_codegen.options import MODES, Options
from cbcnn_codegen.origin import Origin
from cbcnn_codegen.plan import make_plan
from cbcnn_codegen.targets import find_target
from cbcnn_codegen.verify.expect import expect_reference
from cbcnn_codegen.verify.project import read_project
from support.complete import image_count
from support.generated import CAREFUL, compare_code, run_code, varied_images
from support.tools import require_tool

SEEDS = range(image_count(6, 200))
FUNCTIONS = sorted(
    (
        of
        for of in all_operations().values()
        if of.is_pointwise and of.is_real and of not in (Sign, Affine, BatchNorm)
    ),
    key=lambda of: of.__name__,
)
JOINS = (Add, Concatenate, Multiply)


class _Draft:
    """A network that grows; every operation draws itself."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        height, width, channels = (int(size) for size in self.rng.integers((4, 4, 1), (9, 9, 4)))
        shape = Shape(height, width, channels)
        self.source = Input("image", shape, "int8")
        self.nodes: list[Node] = []

    def type_of(self, name: str) -> ValueType:
        return Graph("so far", self.source, tuple(self.nodes), (name,)).types[name]

    def put(self, kind: type, read: str, *others: str) -> str:
        name = f"{kind.__name__.lower()}_{len(self.nodes)}"
        reads = (read, *others)
        op = kind.draw(name, self.rng, *map(self.type_of, reads))  # type: ignore[attr-defined]
        self.nodes.append(Node(op, reads))
        return name

    def binary(self, read: str) -> str:
        """A sign, and a convolution of signs that keeps the shape."""
        sign = self.put(Sign, read)
        shape = self.type_of(sign).shape
        window = Window(3, 3, 1, 1)
        window = window._replace(padding=same_padding((shape.height, shape.width), window))
        taps = (shape.channels, 3, 3, shape.channels)
        weights = self.rng.choice(np.array([-1, 1], np.int8), taps)
        conv = f"conv_{len(self.nodes)}"
        self.nodes.append(Node(Conv(conv, weights, window), (sign,)))
        return self.put(BatchNorm, conv)

    def block(self, read: str) -> str:
        """Something, now and then beside a shortcut."""
        step = self.rng.integers(0, 5)
        if step == 0:
            made = self.put(BatchNorm, self.put(RealConv, read))
        elif step == 1:
            made = self.put(FUNCTIONS[int(self.rng.integers(len(FUNCTIONS)))], read)
        elif step == 2:
            made = self.put([MaxPool, AveragePool][int(self.rng.integers(2))], read)
        else:
            made = self.binary(read)
        if self.type_of(made).shape == self.type_of(read).shape and self.rng.random() < 0.6:
            return self.put(JOINS[int(self.rng.integers(3))], made, read)
        return made


def draw_graph(seed: int) -> Graph:
    """An image, real-valued and binary layers, scores."""
    draft = _Draft(seed)
    read = draft.put(BatchNorm, draft.put(RealConv, "image"))
    for _ in range(int(draft.rng.integers(1, 5))):
        read = draft.block(read)
    read = draft.put(RealDense, read)
    return Graph("random", draft.source, tuple(draft.nodes), (read,))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_network_computes_the_same_in_c(seed: int, tmp_path: Path) -> None:
    require_tool("gcc", "gcc")
    read = draw_graph(seed)
    images = varied_images(read, 5)
    np.savez(tmp_path / "images.npz", images=images)
    try:
        graph, calibration = calibrate(read, tmp_path / "images.npz")
    except DataError:  # a function lets nothing pass, so a value has no range
        return
    assert graph.level == 3
    target = find_target(["host", "cortex-m4", "cortex-m0plus"][seed % 3])
    plan = make_plan(graph, target, Options(name="net", optimize=MODES[seed % 4]))
    files, report = make_files(plan, Origin("0" * 64, calibration=calibration), None)
    write_project(tmp_path / "code", files, family=report.sources)
    project = read_project(tmp_path / "code")
    samples, outputs = run_code(project, images, graph, CAREFUL, tmp_path / "built")
    expected = expect_reference(graph, samples.planes, traced=True)
    compared = compare_code(project, outputs, expected, samples)
    assert compared.mismatched_bits == 0, compared.first
