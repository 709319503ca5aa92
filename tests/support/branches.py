"""Networks of signs and integers with branches, drawn from a seed, as they are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cbcnn_codegen.ir import Graph, Input, Node, Operation, Padding, Shape, ValueType, Window
from cbcnn_codegen.ir.drawing import draw_signs
from cbcnn_codegen.ops.add import Add
from cbcnn_codegen.ops.average_pool import LANES, AveragePool
from cbcnn_codegen.ops.batch_norm import BatchNorm
from cbcnn_codegen.ops.concatenate import Concatenate
from cbcnn_codegen.ops.conv import Conv
from cbcnn_codegen.ops.dense import Dense
from cbcnn_codegen.ops.flatten import Flatten
from cbcnn_codegen.ops.max_pool import MaxPool
from cbcnn_codegen.ops.multiply import Multiply
from cbcnn_codegen.ops.prelu import Prelu
from cbcnn_codegen.ops.sign import Sign

Generator = np.random.Generator
CHANNELS = (1, 3, 8, 31, 32, 33, 40)
AROUND = Window(3, 3, 1, 1, Padding(1, 1, 1, 1))


class _Drawing:
    """Nodes so far, and the signs and the sums that later ones may read."""

    def __init__(self, rng: Generator, source: Input) -> None:
        self.rng = rng
        self.source = source
        self.nodes: list[Node] = []
        self.stream = source.name
        self.parts: list[Callable[[str], None]] = [
            *(self.dense_layer, self.dense_layer, self.sum_of_branches, self.signs_of_branches),
            *(self.product_of_signs, self.shrink, self.bend),
        ]

    def type_of(self, name: str) -> ValueType:
        return Graph("part", self.source, tuple(self.nodes), (name,)).types[name]

    def put(self, op: Operation, *read: str) -> str:
        self.nodes.append(Node(op, read))
        return op.name

    def drawn(self, kind: type[Operation], name: str, read: str) -> str:
        return self.put(kind.draw(name, self.rng, self.type_of(read)), read)

    def conv(self, name: str, read: str, filters: int | None = None) -> str:
        """Sums of a map; the convolution keeps its size."""
        channels = self.type_of(read).shape.channels
        filters = filters or int(self.rng.choice(CHANNELS))
        pad = float(self.rng.choice([-1, 0, 1])) if read != self.source.name else 0.0
        return self.put(
            Conv(name, draw_signs(self.rng, filters, 3, 3, channels), AROUND, pad), read
        )

    def signs(self, name: str, read: str) -> str:
        """The signs of integers behind a norm."""
        normed = self.drawn(BatchNorm, f"{name}/norm", read)
        return self.put(Sign(f"{name}/sign", 1), normed)

    def dense_layer(self, name: str) -> None:
        """New sums behind those that are there, as in a dense block."""
        made = self.conv(name, self.signs(name, self.stream))
        self.stream = self.put(Concatenate(f"{name}/join"), self.stream, made)

    def sum_of_branches(self, name: str) -> None:
        """Two convolutions of the same signs, or a shortcut of signs, added."""
        read = self.signs(name, self.stream)
        if self.rng.random() < 0.5:
            filters = int(self.rng.choice(CHANNELS))
            sums = [self.conv(f"{name}/{side}", read, filters) for side in "ab"]
        else:
            sums = [self.conv(f"{name}/a", read, self.type_of(read).shape.channels), read]
        self.stream = self.put(Add(f"{name}/sum"), *sums)

    def signs_of_branches(self, name: str) -> None:
        """Three branches whose signs stand behind each other."""
        read = self.signs(name, self.stream)
        made = [self.signs(f"{name}/{i}", self.conv(f"{name}/{i}", read)) for i in range(2)]
        joined = self.put(Concatenate(f"{name}/join"), *made, read)
        self.stream = self.conv(f"{name}/behind", joined)

    def product_of_signs(self, name: str) -> None:
        """Signs times signs, or sums times signs."""
        read = self.signs(name, self.stream)
        sums = self.conv(f"{name}/a", read, self.type_of(read).shape.channels)
        first = self.signs(f"{name}/b", sums) if self.rng.random() < 0.5 else sums
        product = self.put(Multiply(f"{name}/product"), first, read)
        self.stream = self.conv(f"{name}/behind", product) if first != sums else product

    def shrink(self, name: str) -> None:
        """Maxima or means, of sums or of signs, in front of what binarizes them."""
        shape = self.type_of(self.stream).shape
        if min(shape.height, shape.width) < 4:
            return
        read = self.signs(f"{name}/to", self.stream) if self.rng.random() < 0.3 else self.stream
        window = Window(2, 2, 2, 2)
        mean = self.rng.random() < 0.5
        pool = AveragePool(name, window) if mean else MaxPool(name, window)
        made = self.put(pool, read)
        is_sign = self.type_of(made).element.kind == "signs"
        if mean or is_sign:
            signs = made if is_sign else self.signs(name, made)
            self.stream = self.conv(f"{name}/behind", signs)
        else:
            self.stream = made

    def bend(self, name: str) -> None:
        """A PReLU, which may fall and then rise, in front of a norm and a sign."""
        channels = self.type_of(self.stream).shape.channels
        slopes = self.rng.normal(0.3, 1, channels).astype(np.float32)
        slopes = np.abs(slopes) if self.rng.random() < 0.4 else slopes
        slopes[self.rng.random(channels) < 0.2] = 0
        bent = self.put(Prelu(name, slopes), self.stream)
        self.stream = self.conv(f"{name}/behind", self.signs(name, bent))

    def head(self) -> str:
        """Classes: the mean of one map for each, or a dense layer of signs."""
        shape = self.type_of(self.stream).shape
        if self.rng.random() < 0.5:
            sums = self.conv("head", self.signs("head", self.stream), 4)
            whole = AveragePool("mean", Window(shape.height, shape.width, 1, 1), LANES)
            return self.put(whole, sums)
        flat = self.put(Flatten("flat"), self.signs("head", self.stream))
        weights = draw_signs(self.rng, 4, 1, 1, shape.size)
        return self.drawn(BatchNorm, "scores", self.put(Dense("head", weights), flat))


def draw_branches(seed: int) -> Graph:
    """A network in which every branch is exact: none of its values is real."""
    rng = np.random.default_rng(seed)
    shape = Shape(int(rng.integers(4, 9)), int(rng.integers(4, 9)), int(rng.integers(1, 4)))
    source = Input("image", shape, str(rng.choice(["uint8", "int8"])), 0, int(rng.integers(-9, 9)))  # type: ignore[arg-type]
    drawing = _Drawing(rng, source)
    drawing.stream = drawing.conv("first", source.name)
    for index in range(int(rng.integers(1, 5))):
        part: Any = drawing.parts[int(rng.integers(len(drawing.parts)))]
        part(f"part_{index}")
    end = drawing.head()
    return Graph("branches", source, tuple(drawing.nodes), (end,)).with_nodes(drawing.nodes)
