"""An untrained network as the generator reads it from a model file, made without TensorFlow.

`untrained` follows `cbcnn_trainer.networks` layer by layer; a test compares the graph with that of
a file which Keras saved. Weights are random, and every second channel's batch norm reverses the
order, as training leaves it: what a network costs hardly depends on more of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cbcnn_codegen.ir import (
    Graph,
    Input,
    Node,
    Operation,
    Padding,
    Shape,
    Window,
    same_padding,
)
from cbcnn_codegen.ir.output_form import OutputForm
from cbcnn_codegen.ops.add import Add
from cbcnn_codegen.ops.average_pool import LANES, AveragePool
from cbcnn_codegen.ops.batch_norm import BatchNorm
from cbcnn_codegen.ops.conv import Conv
from cbcnn_codegen.ops.dense import Dense
from cbcnn_codegen.ops.flatten import Flatten
from cbcnn_codegen.ops.max_pool import MaxPool
from cbcnn_codegen.ops.real_conv import RealConv
from cbcnn_codegen.ops.real_dense import RealDense
from cbcnn_codegen.ops.relu import Relu
from cbcnn_codegen.ops.sign import Sign
from cbcnn_codegen.read.orders import settle_orders
from cbcnn_inputs.metadata import ImageCompression
from cbcnn_trainer import buildable
from cbcnn_trainer.presets import Architecture

_EPSILON: Final = 1e-6
_NO_PADDING: Final = Padding(0, 0, 0, 0)

Floats: TypeAlias = NDArray[np.float32]


def untrained(
    architecture: Architecture,
    shape: buildable.Shape,
    classes: int,
    block: ImageCompression | None,
) -> Graph:
    """The float-level graph of a network with random weights.

    Args:
        architecture: of Larq's layers.
        shape: height, width and channels that the network sees.
        classes: number of scores.
        block: the Image Compression Block in front, or None.

    Raises:
        DataError: the network cannot be built.
    """
    buildable.check(architecture, shape, classes)
    dtype = "uint8" if block is None else block.output_type
    image = Input("image", Shape(*shape), dtype)
    return settle_orders(_Builder(architecture, image).build(classes, block))


class _Builder:
    """Adds one operation after the other to a network.

    Args:
        architecture: of the network.
        image: what it reads.
    """

    def __init__(self, architecture: Architecture, image: Input) -> None:
        self.architecture = architecture
        self.image = image
        self.value = image.name
        self.shape = image.shape
        self.nodes: list[Node] = []
        self.types = {image.name: image.type}
        self.random = np.random.default_rng(0)

    def build(self, classes: int, block: ImageCompression | None) -> Graph:
        """The whole graph."""
        for index in range(len(self.architecture.filters)):
            self._stage(index)
        if self.architecture.ending == "average":
            self._average(classes)
        else:
            self._blocks_2(classes)
        forms = (OutputForm(self.value, (classes,)),)
        nodes = tuple(self.nodes)
        return Graph("cbcnn", self.image, nodes, (self.value,), forms, preprocessing=block)

    def _stage(self, index: int) -> None:
        """What makes map `index`, and the residual layers behind it."""
        architecture = self.architecture
        if architecture.downsampling == "real":
            self._real_downsampling(index)
        else:
            self._block_1(index)
        for number in range(architecture.residuals[index] if architecture.residuals else 0):
            read, name = self.value, f"conv_{index + 1}_residual_{number + 1}"
            self._sign(name)
            self._conv(name, architecture.filters[index])
            if architecture.residual_relu:
                self._put(Relu(f"{name}_relu"))
            self._norm(f"{name}_norm")
            if architecture.shortcuts:
                self._put(Add(f"{name}_add"), [self.value, read])

    def _block_1(self, index: int) -> None:
        architecture, name = self.architecture, f"conv_{index + 1}"
        if index:
            self._sign(name)
        self._conv(name, architecture.filters[index], 1 if index else architecture.first_stride)
        norm_first = index == 0 and architecture.first_order == "norm-first"
        if norm_first:
            self._norm(f"{name}_norm")
        self._pool(f"{name}_pool")
        if not norm_first:
            self._norm(f"{name}_norm")

    def _real_downsampling(self, index: int) -> None:
        """QuickNet's layers of real values."""
        filters, name = self.architecture.filters[index], f"conv_{index + 1}"
        if index:
            self._put(Relu(f"{name}_relu"))
            self._pool(f"{name}_pool")
        else:
            stem = f"{name}_stem"
            self._real_conv(stem, max(1, filters // 2), 3, self.architecture.pool_size)
            self._norm(f"{stem}_norm")
            self._put(Relu(f"{stem}_relu"))
            self._real_conv(f"{stem}_depthwise", self.shape.channels, 3, groups=True)
            self._norm(f"{stem}_depthwise_norm")
        self._real_conv(name, filters, 1)
        self._norm(f"{name}_norm")

    def _blocks_2(self, classes: int) -> None:
        self._put(Flatten("flatten"))
        for index, units in enumerate((*self.architecture.units, classes)):
            name = f"dense_{index + 1}"
            if index or self.architecture.filters:
                self._sign(name)
            self._put(Dense(name, self._signs(units, 1, 1, self.shape.channels)))
            self._norm(f"{name}_norm", fused=False)

    def _average(self, classes: int) -> None:
        self._put(Relu("average_relu"))
        window = Window(self.shape.height, self.shape.width, 1, 1)
        self._put(AveragePool("average", window, LANES))
        self._put(Flatten("average/flatten"), source="average")
        weights = self._reals(classes, 1, 1, self.shape.channels)
        self._put(RealDense("dense_1", weights, self._reals(classes)))

    def _conv(self, name: str, filters: int, stride: int = 1) -> None:
        window = self._window(self.architecture.kernel_size, stride)
        self._put(Conv(name, self._signs(filters, *window[:2], self.shape.channels), window))

    def _real_conv(
        self, name: str, filters: int, size: int, stride: int = 1, *, groups: bool = False
    ) -> None:
        window = self._window(size, stride)
        read, parts = (1, filters) if groups else (self.shape.channels, 1)
        weights = self._reals(filters, size, size, read)
        self._put(RealConv(name, weights, window, groups=parts))

    def _window(self, size: int, stride: int) -> Window:
        bare = Window(size, size, stride, stride)
        return bare._replace(padding=same_padding((self.shape.height, self.shape.width), bare))

    def _pool(self, name: str) -> None:
        size = self.architecture.pool_size
        if size > 1:
            self._put(MaxPool(name, Window(size, size, size, size, _NO_PADDING)))

    def _sign(self, name: str) -> None:
        self._put(Sign(f"{name}/input_quantizer", 1), source=self.nodes[-1].source)

    def _norm(self, name: str, *, fused: bool = True) -> None:
        channels, element = self.shape.channels, self.types[self.value].element
        spread = 1.0 if element.kind == "float32" else max(element.largest / 4, 1.0)
        turns = np.where(np.arange(channels) % 2, -1, 1).astype(np.float32)
        beta, mean = self._reals(channels), self._reals(channels) * np.float32(spread)
        variance = np.full(channels, spread * spread, np.float32)
        self._put(BatchNorm(name, turns, beta, mean, variance, _EPSILON, fused))

    def _put(self, op: Operation, inputs: Sequence[str] = (), source: str = "") -> None:
        node = Node(op, tuple(inputs) or (self.value,), source or op.name)
        made = op.infer(*(self.types[name] for name in node.inputs))
        self.types[op.name] = made
        self.nodes.append(node)
        self.value, self.shape = op.name, made.shape

    def _signs(self, *shape: int) -> NDArray[np.int8]:
        bits = self.random.integers(0, 2, shape, np.int8)
        return (2 * bits - 1).astype(np.int8)

    def _reals(self, *shape: int) -> Floats:
        return self.random.standard_normal(shape, np.float32)
