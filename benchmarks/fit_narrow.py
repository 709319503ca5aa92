"""Fits the prices of kernels of quantized networks, as `fit_costs.py` does those of binary ones.

    python -m benchmarks.fit_narrow TARGET

The layers are of random weights and of several shapes, in networks that hold every kernel. Prints
the table, and the errors to stderr. Pieces that are new need any price before.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from benchmarks.fit_costs import Sample, print_table
from cbcnn_codegen.emit import write_project
from cbcnn_codegen.generation import make_files
from cbcnn_codegen.ir import Graph, Input, Int8Array, Node, Operation, Shape, Window, same_padding
from cbcnn_codegen.ops.binary_conv import BinaryConv
from cbcnn_codegen.ops.gather import Along, Gather
from cbcnn_codegen.ops.lookup import Lookup
from cbcnn_codegen.ops.max_pool import MaxPool
from cbcnn_codegen.ops.quantized_add import QuantizedAdd
from cbcnn_codegen.ops.quantized_average import QuantizedAverage
from cbcnn_codegen.ops.quantized_concatenate import QuantizedConcatenate
from cbcnn_codegen.ops.quantized_conv import QuantizedConv
from cbcnn_codegen.ops.quantized_multiply import QuantizedMultiply
from cbcnn_codegen.ops.requantize import Requantize, draw_rescaling
from cbcnn_codegen.ops.scores import Scores
from cbcnn_codegen.ops.threshold import Threshold
from cbcnn_codegen.options import Options
from cbcnn_codegen.origin import Origin
from cbcnn_codegen.plan import make_plan
from cbcnn_codegen.profile.image import choose_image
from cbcnn_codegen.profile.run import Profiler
from cbcnn_codegen.targets import Target, find_target
from cbcnn_codegen.verify.project import read_project

PIECES: Final = ("lookup", "narrow_", "patch_", "threshold_i16")
"""What the names of pieces of work of quantized networks begin with."""


class NarrowNet(NamedTuple):
    """The sizes of a network: image, channels behind the first layers, filters, window, stride."""

    image: Shape
    channels: int
    filters: int
    window: int
    stride: int


NETS: Final = (
    NarrowNet(Shape(8, 8, 3), 8, 16, 3, 1),
    NarrowNet(Shape(10, 9, 1), 16, 12, 3, 1),
    NarrowNet(Shape(12, 12, 3), 32, 32, 1, 2),
    NarrowNet(Shape(6, 7, 2), 24, 33, 3, 1),
    NarrowNet(Shape(8, 8, 1), 64, 40, 1, 1),
    NarrowNet(Shape(16, 16, 3), 16, 24, 5, 2),
)


class _Builder:
    """Nodes behind each other, with what they make."""

    def __init__(self, net: NarrowNet, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.source = Input("image", net.image, "int8")
        self.nodes: list[Node] = []

    def put(self, op: Operation, *reads: str) -> str:
        """Append a node and return its name."""
        self.nodes.append(Node(op, reads))
        return op.name

    def type_of(self, name: str) -> tuple[int, int, Shape]:
        """Largest magnitude, channels and shape of a value."""
        of = Graph("so far", self.source, tuple(self.nodes), (name,)).types[name]
        return of.element.largest, of.shape.channels, of.shape

    def conv(self, name: str, read: str, filters: int, net: NarrowNet, bits: int) -> str:
        """A convolution; no filters for a depthwise one."""
        largest, channels, shape = self.type_of(read)
        window = Window(net.window, net.window, net.stride, net.stride)
        window = window._replace(padding=same_padding((shape.height, shape.width), window))
        groups = 1 if filters else channels
        taps = (filters or channels, net.window, net.window, channels // groups)
        weights: Int8Array = self.rng.integers(-127, 128, taps, np.int8)
        plain = QuantizedConv(name, weights, window, None, (1, 1), groups)
        sums = int(np.abs(weights).astype(np.int64).sum(axis=(1, 2, 3)).max()) * largest
        rescaling = draw_rescaling(self.rng, len(weights), sums, bits)
        op = QuantizedConv(name, weights, window, rescaling, (1, 1), plain.groups)
        return self.put(op, read)

    def head(self, read: str, net: NarrowNet) -> str:
        """A dense layer of five units."""
        narrow = self.rescale("end 8", read, 8)
        return self.conv("head", narrow, 5, net._replace(window=1, stride=1), 32)

    def rescale(self, name: str, read: str, bits: int) -> str:
        """The same integers on another scale."""
        largest, channels, _ = self.type_of(read)
        return self.put(Requantize(name, draw_rescaling(self.rng, channels, largest, bits)), read)


def build(net: NarrowNet, seed: int) -> Graph:
    """A network with every kernel."""
    make = _Builder(net, seed)
    stem = make.conv("stem", "image", net.channels, net, 8)
    make.put(MaxPool("pool 8", Window(2, 2, 1, 1)), stem)
    spread = make.conv("spread", "pool 8", 0, net._replace(stride=1), 8)
    wide = make.conv("wide", spread, net.filters, net._replace(stride=1), 16)
    channels = make.type_of(wide)[1]
    make.put(QuantizedAdd("add", (3, 1), 4), wide, wide)
    make.put(QuantizedMultiply("multiply", 15), "add", wide)
    make.put(QuantizedConcatenate("join", (0, 2)), "multiply", wide)
    make.put(QuantizedAverage("average", Window(2, 2, 1, 1), 1), "join")
    make.put(MaxPool("pool 16", Window(2, 2, 1, 1)), "average")
    make.rescale("same", "pool 16", 16)
    zeros = np.zeros(2 * channels, np.int32)
    _, turned, shape = make.type_of("same")
    moved = Gather.of_map(
        "moved",
        shape,
        rows=Along(2 * shape.height, 0, repeat=2),
        channels=Along(turned, 2, turned - 1, -1),
    )
    make.put(replace(moved, bits=16), "same")
    make.put(Threshold("signs", zeros, zeros > 0), "same")
    taps = make.rng.choice(np.array([-1, 1], np.int8), (channels, 1, 1, 2 * channels))
    make.put(BinaryConv("sums", taps, Window(1, 1, 1, 1), 0, None, None, None), "signs")
    make.rescale("of sums", "sums", 16)
    make.rescale("of sums 8", "sums", 8)
    make.rescale("of signs", "signs", 16)
    make.rescale("of signs 8", "signs", 8)
    first = make.conv("first", "of sums 8", 8, net._replace(stride=1), 8)
    second = make.conv("second", "of signs 8", 8, net._replace(stride=1), 8)
    make.put(Lookup("table", np.arange(256, dtype=np.int32)), first)
    make.put(Lookup("table 2", np.arange(256, dtype=np.int32)), second)
    make.put(QuantizedConcatenate("tables", (0, 1)), "table", "table 2")
    make.put(QuantizedConcatenate("more", (0, 1)), "of sums", "of signs")
    make.put(QuantizedConcatenate("all", (0, 1)), "more", "tables")
    make.rescale("image 16", "image", 16)
    make.rescale("narrow", "image 16", 8)
    other = make.conv("other", "narrow", 0, net._replace(stride=1), 16)
    shape, size = make.type_of(other)[2], make.type_of("all")[2]
    make.put(QuantizedAverage("mean", Window(shape.height, shape.width, 1, 1), 2), other)
    make.put(QuantizedAverage("mean 2", Window(size.height, size.width, 1, 1), 2), "all")
    size = make.type_of("moved")[2]
    make.put(QuantizedAverage("mean 3", Window(size.height, size.width, 1, 1), 2), "moved")
    make.put(QuantizedConcatenate("means", (0, 0)), "mean", "mean 3")
    make.put(QuantizedConcatenate("end", (0, 0)), "means", "mean 2")
    last = make.rescale("end 32", "end", 32) if seed % 2 else make.head("end", net)
    count = make.type_of(last)[1]
    ones = np.full(count, 2.0**-10, np.float32)
    make.put(Scores("scores", ones, np.zeros(count, np.float32)), last)
    graph = Graph("narrow", make.source, tuple(make.nodes), ("scores",))
    graph.check()
    return graph


def measure(graph: Graph, target: Target, folder: Path) -> Iterator[Sample]:
    """Every layer of a lowered network."""
    plan = make_plan(graph, target, Options(name="net", optimize="speed"))
    files, report = make_files(plan, Origin("0" * 64), None)
    write_project(folder, files, family=report.sources)
    project = read_project(folder)
    profile = Profiler(project, target, choose_image(project, None, 0)).run()
    for step, layer in zip(plan.steps, profile.layers, strict=False):
        assert layer.instructions is not None, "every target here is counted"
        title = f"{folder.name} {layer.name} {step.offer.kernel}"
        yield Sample(title, step.offer.kernel, dict(step.offer.work), layer.instructions)


def main(target: Target) -> None:
    """Measure, fit and print the table."""
    with tempfile.TemporaryDirectory() as name:
        samples = [
            sample
            for index, net in enumerate(NETS)
            for sample in measure(build(net, index), target, Path(name) / f"net{index}")
        ]
    pieces = {piece for sample in samples for piece in sample.work}
    print_table(samples, target, {piece for piece in pieces if piece.startswith(PIECES)})


if __name__ == "__main__":
    main(find_target(sys.argv[1]))
