"""Random networks as a model file could hold them, for property tests.

Hypothesis draws what stands where; every operation draws itself, so that one more operation in
`ops/` is one that networks are made of. Monotone functions stand between sums and signs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from cbcnn_codegen.ir import (
    Graph,
    Input,
    Monotone,
    Operation,
    Shape,
    ValueType,
    Window,
    chain_graph,
)
from cbcnn_codegen.ops import all_operations
from cbcnn_codegen.ops.affine import Affine
from cbcnn_codegen.ops.batch_norm import BatchNorm
from cbcnn_codegen.ops.conv import Conv
from cbcnn_codegen.ops.dense import Dense
from cbcnn_codegen.ops.divide import Divide
from cbcnn_codegen.ops.flatten import Flatten
from cbcnn_codegen.ops.lower_bend import LowerBend
from cbcnn_codegen.ops.max_pool import MaxPool
from cbcnn_codegen.ops.prelu import Prelu
from cbcnn_codegen.ops.sign import Sign

Draw = Callable[[st.SearchStrategy[Any]], Any]
Made = TypeVar("Made", bound=Operation)

NO_LAYERS = (Affine, BatchNorm, Divide, LowerBend, Prelu, Sign)
"""Functions that stand elsewhere, or that no chain of layers has."""
FUNCTIONS = sorted(
    (of for of in all_operations().values() if issubclass(of, Monotone) and of not in NO_LAYERS),
    key=lambda of: of.__name__,
)
"""What may stand between sums and a sign beside batch norms."""


class _Chain:
    """Operations behind each other, drawn for what the last one makes."""

    def __init__(self, draw: Draw, source: Input) -> None:
        self.draw = draw
        self.random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
        self.ops: list[Operation] = []
        self.type: ValueType = source.type
        self.is_map = True
        self.zero = draw(st.sampled_from([1, 1, 1, -1]))

    def put(self, op: Made) -> Made:
        """Append an operation."""
        if isinstance(op, BatchNorm):
            op = replace(op, fused=self.is_map)
        self.ops.append(op)
        self.type = op.infer(self.type)
        self.is_map = self.is_map and not isinstance(op, Flatten | Dense)
        return op

    def add(self, kind: type[Made], name: str) -> Made:
        """Append one of these operations, which draws itself."""
        drawn = kind.draw(name, self.random, self.type)
        assert isinstance(drawn, kind)
        return self.put(drawn)

    def chance(self, one_in: int) -> bool:
        return bool(self.draw(st.integers(0, one_in - 1)) == 0)

    def scale(self, name: str) -> None:
        """What sums are worth, for scaled weights and a bias."""
        if self.chance(3):
            self.add(Affine, f"{name}/scale")

    def functions(self, name: str) -> None:
        """Monotone functions, most often one batch norm."""
        if self.chance(5):
            self.add(self.draw(st.sampled_from(FUNCTIONS)), f"{name}/function")
        for index in range(self.draw(st.sampled_from([0, 1, 1, 1, 1, 2]))):
            self.add(BatchNorm, f"{name}/norm_{index}")

    def sign(self, name: str) -> None:
        self.put(Sign(f"{name}/sign", self.zero))

    def conv_block(self, name: str) -> None:
        """A convolution, functions and poolings in any order, and a sign."""
        self.add(Conv, name)
        self.scale(name)
        pools = self.draw(st.sampled_from([0, 1, 1, 2]))
        before = self.draw(st.integers(0, pools)) if pools else 0
        behind = self.draw(st.integers(before, pools))
        for index in range(before):
            self.add(MaxPool, f"{name}/pool_{index}")
        self.functions(name)
        for index in range(before, behind):
            self.add(MaxPool, f"{name}/pool_{index}")
        if 0 < before < behind or self.chance(6):
            self.add(BatchNorm, f"{name}/late")
        self.sign(name)
        for index in range(behind, pools):
            self.add(MaxPool, f"{name}/pool_{index}")

    def dense_block(self, name: str) -> None:
        self.add(Dense, name)
        self.scale(name)
        self.functions(name)
        self.sign(name)

    def conv_head(self) -> None:
        """A convolution, global max pooling, batch norm."""
        self.add(Conv, "head")
        self.scale("head")
        where = self.draw(st.sampled_from(["nowhere", "before", "behind"]))
        if where == "before":
            self.add(BatchNorm, "head/norm")
        self.put(MaxPool("head/pool", Window(*self.type.shape[:2], 1, 1)))
        if where == "behind":
            self.add(BatchNorm, "head/norm")
        self.put(Flatten("head/flatten"))


@st.composite
def graphs(draw: Draw) -> Graph:
    """A network as read: image, some convolutions, dense layers, class scores."""
    source = draw(inputs())
    chain = _Chain(draw, source)
    scale = draw(st.sampled_from([1.0, 1.0, 1 / 128, 1 / 256]))
    if scale != 1.0:
        channels = source.shape.channels
        chain.put(Affine("input/scale", np.full(channels, scale, np.float32)))
    if chain.chance(6):
        if draw(st.booleans()):
            chain.add(BatchNorm, "image/norm")
        chain.sign("image")
    blocks = draw(st.integers(0, 3))
    for index in range(blocks):
        chain.conv_block(f"conv_{index}")
    if blocks and chain.chance(5):
        chain.conv_head()
        return chain_graph("random", source, chain.ops)
    if chain.type.shape.height * chain.type.shape.width > 1 or draw(st.booleans()):
        chain.put(Flatten("flatten"))
    for index in range(draw(st.integers(0, 2))):
        chain.dense_block(f"dense_{index}")
    chain.add(Dense, "head")
    chain.scale("head")
    if not chain.chance(4):
        chain.add(BatchNorm, "head/norm")
    return chain_graph("random", source, chain.ops)


@st.composite
def inputs(draw: Draw) -> Input:
    """An image input, small enough for a quick test, with the usual ways of scaling it."""
    sizes = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    shape = Shape(*sizes, draw(st.sampled_from([1, 1, 2, 3])))
    dtype = draw(st.sampled_from(["uint8", "int8"]))
    if dtype == "int8" or draw(st.booleans()):
        return Input("input", shape, dtype)
    shift, offset = draw(st.sampled_from([(0, -128), (1, -255), (0, 0)]))
    return Input("input", shape, dtype, shift, offset)


def draw_images(graph: Graph, count: int, seed: int = 0) -> npt.NDArray[Any]:
    """Random images that a graph takes: noise, constants and both extremes."""
    rng = np.random.default_rng(seed)
    limits = np.iinfo(np.dtype(graph.input.dtype))
    shape = (count, *graph.input.shape)
    images = rng.integers(limits.min, limits.max + 1, shape).astype(graph.input.dtype)
    for index, value in zip(range(count // 3), (limits.min, limits.max, 0), strict=False):
        images[index] = value
    return images
