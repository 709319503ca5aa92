"""Fits the prices of joins, pools and moves of signs and integers, as `fit_costs.py` does others.

    python -m benchmarks.fit_joins TARGET

A compiler that knows the sizes of the only layer of a kernel unrolls its loops, so prices of
kernels that a model has once, `once_…`, differ from those of kernels that it has several times.
Each network is counted with integers of 16 bits, where they fit, and of 32. Networks of
`fit_narrow.py` join quantized maps with the same kernels. Prints the table, and errors to stderr.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from unittest import mock

import numpy as np

from benchmarks import fit_narrow
from benchmarks.fit_costs import Sample, print_table
from benchmarks.fit_narrow import measure
from cbcnn_codegen.ir import Graph, Input, Node, Operation, Shape, Window
from cbcnn_codegen.ops.add import Add
from cbcnn_codegen.ops.binary_conv import BinaryConv
from cbcnn_codegen.ops.concatenate import Concatenate
from cbcnn_codegen.ops.gather import Along
from cbcnn_codegen.ops.gather_signs import GatherSigns
from cbcnn_codegen.ops.max_pool import MaxPool
from cbcnn_codegen.ops.multiply import Multiply
from cbcnn_codegen.ops.repack_signs import RepackSigns
from cbcnn_codegen.ops.scores import Scores
from cbcnn_codegen.ops.sum_pool import SumPool
from cbcnn_codegen.ops.threshold import Threshold
from cbcnn_codegen.ops.to_integers import ToIntegers
from cbcnn_codegen.targets import Target, find_target
from cbcnn_codegen.targets.joins import ARMV7M
from cbcnn_codegen.targets.target import ONCE

WIDTHS: Final = (8, 24, 40, 64)
"""Channels of each branch of a network; signs of 24 and 40 are not whole words."""
ROWS: Final = 12
COLUMNS: Final = 11
WINDOWS: Final = (Window(2, 2, 1, 1), Window(3, 2, 1, 1), Window(3, 3, 1, 1), Window(2, 3, 2, 1))
"""Of pools, one for each width."""


class _Network:
    """Nodes behind each other, and what they make."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.random = np.random.default_rng(width)
        self.source = Input("image", Shape(ROWS, COLUMNS, 2), "uint8")
        self.nodes: list[Node] = []

    def put(self, op: Operation, *reads: str) -> str:
        self.nodes.append(Node(op, reads))
        return op.name

    def shape(self, name: str) -> Shape:
        return Graph("so far", self.source, tuple(self.nodes), (name,)).types[name].shape

    def conv(self, name: str, read: str, *, fires: bool) -> str:
        """A product of one pixel that makes signs or sums."""
        size = (self.width, 1, 1, self.shape(read).channels)
        weights = self.random.choice(np.array([-1, 1], np.int8), size)
        thresholds, complement = np.zeros(self.width, np.int32), np.zeros(self.width, np.bool_)
        compared = (thresholds, complement) if fires else (None, None)
        return self.put(BinaryConv(name, weights, Window(1, 1, 1, 1), 0, None, *compared), read)

    def threshold(self, name: str, read: str) -> str:
        channels = self.shape(read).channels
        thresholds = self.random.integers(-2, 3, channels).astype(np.int32)
        return self.put(Threshold(name, thresholds, self.random.random(channels) < 0.5), read)

    def whole(self, name: str, read: str) -> str:
        """Sums over a whole map."""
        height, width, _ = self.shape(read)
        return self.put(SumPool(name, Window(height, width, 1, 1)), read)

    def branch(self, of: str, read: str, window: Window) -> str:
        """Every join and pool of integers; signs behind them."""
        sums = self.conv(f"sums {of}", read, fires=False)
        wide = self.put(ToIntegers(f"wide {of}"), read)
        added = self.put(Add(f"add {of}"), sums, wide)
        product = self.put(Multiply(f"product {of}"), added, wide)
        joined = self.put(Concatenate(f"joined {of}"), product, sums)
        largest = self.put(MaxPool(f"largest {of}", window), joined)
        total = self.put(SumPool(f"total {of}", window), largest)
        return self.threshold(f"compared {of}", total)

    def signs(self, of: str, read: str) -> str:
        """Every join and move of signs."""
        product = self.put(Multiply(f"signs product {of}"), read, read)
        joined = self.put(Concatenate(f"signs joined {of}"), product, read)
        rows, columns, channels = self.shape(joined)
        sides = (Along(rows, 0, rows - 1, -1), Along(columns, 1, 1), Along(channels, 2))
        moved = self.put(GatherSigns(f"moved {of}", *sides), joined)
        packed = Shape(1, rows, columns * channels)
        repacked = self.put(RepackSigns(f"repacked {of}", packed), moved)
        return self.put(RepackSigns(f"unpacked {of}", Shape(rows, columns, channels)), repacked)

    def slice(self, name: str, read: str) -> str:
        """Some channels of signs."""
        rows, columns, channels = self.shape(read)
        side = Along(channels - 3, 2, 2)
        return self.put(GatherSigns(name, Along(rows, 0), Along(columns, 1), side), read)

    def graph(self, read: str) -> Graph:
        """The network that ends with these sums as scores."""
        ones = np.ones(self.shape(read).channels, np.float32)
        self.put(Scores("scores", ones, 0 * ones), read)
        graph = Graph("joins", self.source, tuple(self.nodes), ("scores",))
        graph.check()
        return graph


def build_once(width: int, turn: int = 0) -> Graph:
    """Nearly every join, pool and move of signs and integers, once; with other windows by turns."""
    made = _Network(width)
    first = made.conv("signs", "image", fires=True)
    compared = made.branch("a", first, WINDOWS[(WIDTHS.index(width) + turn) % len(WINDOWS)])
    product = made.put(Multiply("signs product"), compared, compared)
    joined = made.put(Concatenate("signs joined"), product, compared)
    rows, columns, channels = made.shape(joined)
    if width % 16:
        moved = made.slice("moved", joined)
    else:
        sides = (Along(rows + 2, 0, -1), Along(columns, 1), Along(channels, 2))
        moved = made.put(GatherSigns("moved", *sides), joined)
    size = made.shape(moved)
    packed = Shape(size.width, size.height, size.channels)
    packed = packed._replace(height=1, channels=size.width * size.channels, width=size.height)
    repacked = made.put(RepackSigns("repacked", packed), moved)
    return made.graph(made.whole("fired", repacked))


def build(width: int) -> Graph:
    """A network with every join, pool and move of signs and integers, twice or more."""
    made = _Network(width)
    read = made.conv("signs", "image", fires=True)
    index = WIDTHS.index(width)
    ends = []
    for step, of in enumerate("ab"):
        compared = made.branch(of, read, WINDOWS[(index + step) % len(WINDOWS)])
        moved = made.slice(f"slice {of}", made.signs(of, compared))
        ends.append(made.whole(f"fired {of}", moved))
        read = made.conv(f"signs {of}", read, fires=True)
    for of in "cd":
        last = made.conv(f"sums {of}", read, fires=False)
        ends.append(made.whole(f"all {of}", last))
    sums = ends[0]
    for other, name in zip(ends[1:], "xyz", strict=True):
        sums = made.put(Concatenate(f"ends {name}"), sums, other)
    sums = made.put(Add("sum"), sums, sums)
    return made.graph(made.whole("end", made.put(Add("sum 2"), sums, sums)))


def count(graph: Graph, target: Target, folder: Path) -> Iterator[Sample]:
    """Every layer, its pieces named `once_…` where the network has its kernel once."""
    samples = [*measure(graph, target, folder)]
    uses = Counter(sample.kernel for sample in samples)
    for sample in samples:
        once = uses[sample.kernel] == 1 and sample.work.keys() <= ARMV7M.keys()
        work = {f"{ONCE}{piece}": of for piece, of in sample.work.items()} if once else sample.work
        yield sample._replace(work=work)


def count_all(target: Target, folder: Path) -> Iterator[Sample]:
    """Every layer of all networks."""
    for width in WIDTHS:
        for make in (build, build_once):
            name = f"{make.__name__} {width}"
            yield from count(make(width), target, folder / name)
            with mock.patch("cbcnn_codegen.plan.sites.find_narrow", return_value=frozenset()):
                yield from count(make(width), target, folder / f"{name} wide")
        for turn in (1, 2, 3):
            yield from count(build_once(width, turn), target, folder / f"turn {turn} {width}")
    for index, net in enumerate(fit_narrow.NETS):
        yield from count(fit_narrow.build(net, index), target, folder / f"quantized {index}")


def main(name: str) -> None:
    """Measure, fit and print the table."""
    target = find_target(name)
    with tempfile.TemporaryDirectory() as folder:
        samples = [*count_all(target, Path(folder))]
    pieces = {of for sample in samples for of in sample.work}
    print_table(samples, target, {of for of in pieces if of.removeprefix(ONCE) in ARMV7M})


if __name__ == "__main__":
    main(sys.argv[1])
