"""The graph: named values, the operations that make them, its invariants and its text."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from cbcnn_codegen.errors import UnsupportedLayerError
from cbcnn_codegen.ir.operation import Operation, format_fields
from cbcnn_codegen.ir.output_form import OutputForm
from cbcnn_codegen.ir.values import Array, Shape, ValueType, integers
from cbcnn_inputs.answers import class_count
from cbcnn_inputs.metadata import ImageCompression, InputType
from cbcnn_inputs.own_pictures import PictureFit
from cbcnn_inputs.rejection import Rejection

Level = Literal[1, 2, 3]


@dataclass(frozen=True, eq=False)
class Input:
    """The image that the caller passes: a value like any other, which no operation makes.

    Attributes:
        shape: of one image.
        dtype: of the numbers `x` that the caller passes.
        shift, offset: the value's numbers are the integers `(x << shift) + offset`.
    """

    name: str
    shape: Shape
    dtype: InputType
    shift: int = 0
    offset: int = 0

    @property
    def limits(self) -> tuple[int, int]:
        """Smallest and largest integer of the value."""
        low, high = (0, 255) if self.dtype == "uint8" else (-128, 127)
        return (low << self.shift) + self.offset, (high << self.shift) + self.offset

    @property
    def type(self) -> ValueType:
        """The type of the value."""
        return ValueType(integers(*self.limits, 1 << self.shift), self.shape)

    def compute(self, images: Array) -> Array:
        """The value's integers for images that the caller passes."""
        plane: Array = (images.astype(np.int32) << self.shift) + self.offset
        return plane


@dataclass(frozen=True, eq=False)
class Node:
    """An operation and the values that it reads.

    Attributes:
        op: makes the value that has its name.
        inputs: names of the values, in the order in which the operation takes them.
        source: the layer of the model file whose output, or for signs whose output's sign, the
            value is; "" if there is none.
        as_read: the value of the network as read that this one equals in every number; "" if there
            is none.
    """

    op: Operation
    inputs: tuple[str, ...]
    source: str = ""
    as_read: str = ""

    @property
    def name(self) -> str:
        """Name of the value that it makes."""
        return self.op.name

    @property
    def obstacle(self) -> UnsupportedLayerError | None:
        """Why no code can be generated for the operation, if there is neither pass nor kernel."""
        if (told := self.op.obstacle) is None:
            return None
        return UnsupportedLayerError(
            layer=repr(self.name),
            found=told.found.format(operation=type(self.op).__name__, count=len(self.inputs)),
            allowed=told.allowed,
            suggestion=told.suggestion,
        )

    def __str__(self) -> str:
        source = f" of layer {self.source!r}" if self.source else ""
        return f"{self.op} <- {', '.join(self.inputs)}{source}"


@dataclass(frozen=True, eq=False)
class Graph:
    """A network from one image to its outputs.

    Attributes:
        name: of the model, free text.
        input: the image.
        nodes: in an order in which each reads what the input or one before it makes.
        outputs: names of the values that the network outputs, in the model's order.
        forms: what the model calls them; empty where they have the names and shapes of the values.
        preprocessing: the Image Compression Block in front, or None.
        class_names: one per class; empty when unknown.
        pictures: what pictures of any size become in front of all that, or None.
        rejection: when the answer counts as none, or None.
        knife_edges: name of a layer to the channels whose flip point depends on float rounding.
    """

    name: str
    input: Input
    nodes: tuple[Node, ...]
    outputs: tuple[str, ...]
    forms: tuple[OutputForm, ...] = ()
    preprocessing: ImageCompression | None = None
    class_names: tuple[str, ...] = ()
    pictures: PictureFit | None = None
    rejection: Rejection | None = None
    knife_edges: tuple[tuple[str, tuple[int, ...]], ...] = ()

    @property
    def ops(self) -> tuple[Operation, ...]:
        """The operations alone, in order."""
        return tuple(node.op for node in self.nodes)

    @cached_property
    def types(self) -> Mapping[str, ValueType]:
        """The type of every value, by its name.

        Raises:
            ValueError: an operation cannot read what it is given.
        """
        types = {self.input.name: self.input.type}
        for node in self.nodes:
            missing = [name for name in node.inputs if name not in types]
            if missing:
                raise ValueError(f"{node.name}: reads {missing} before anything makes it")
            types[node.name] = node.op.infer(*(types[name] for name in node.inputs))
        return types

    @cached_property
    def _by_name(self) -> Mapping[str, Node]:
        return {node.name: node for node in self.nodes}

    @cached_property
    def _readers(self) -> Mapping[str, tuple[Node, ...]]:
        found: dict[str, list[Node]] = {}
        for node in self.nodes:
            for name in dict.fromkeys(node.inputs):
                found.setdefault(name, []).append(node)
        return {name: tuple(nodes) for name, nodes in found.items()}

    def node(self, name: str) -> Node | None:
        """The node that makes a value; None for the image."""
        return None if name == self.input.name else self._by_name[name]

    def maker(self, name: str) -> Node:
        """The node that makes a value other than the image.

        Raises:
            KeyError: nothing makes it.
        """
        return self._by_name[name]

    def readers(self, name: str) -> tuple[Node, ...]:
        """The nodes that read a value, in order."""
        return self._readers.get(name, ())

    def with_nodes(self, nodes: Iterable[Node]) -> Graph:
        """The same graph with other nodes, in order, without those that lead to no output."""
        kept: list[Node] = []
        wanted = set(self.outputs)
        for node in reversed([*nodes]):
            if node.name in wanted:
                wanted.update(node.inputs)
                kept.append(node)
        return replace(self, nodes=tuple(reversed(kept)))

    def is_lowered(self, node: Node) -> bool:
        """Do kernels compute the node, for values as it reads them?"""
        elements = [self.types[name].element for name in node.inputs]
        if node.op.is_narrow and all(of.kind == "integers" and of.bits < 32 for of in elements):
            return True
        on_floats = node.op.is_real and all(of.kind == "float32" for of in elements)
        is_whole = all(of.kind != "float32" and of.bits == 32 for of in elements)
        return node.op.is_lowered or on_floats or (node.op.is_integral and is_whole)

    @property
    def level(self) -> Level:
        """Level of exactness of a lowered graph: 1 for signs and integers alone, 2 with floats.

        3 for a quantized network, which is another one than the network that was read.
        """
        if any(op.is_quantized for op in self.ops):
            return 3
        read = (self.types[name] for node in self.nodes for name in node.inputs)
        return 2 if any(of.element.kind == "float32" for of in read) else 1

    @cached_property
    def output_forms(self) -> tuple[OutputForm, ...]:
        """What the model calls the outputs, one for each."""
        named = ((name, self.types[name].shape) for name in self.outputs)
        return self.forms or tuple(OutputForm.of_map(*one) for one in named)

    @property
    def has_classes(self) -> bool:
        """Whether it answers with a class: its only output is a vector, the scores."""
        return len(self.outputs) == 1 and not self.output_forms[0].is_map

    @property
    def classes(self) -> int:
        """Number of classes that the scores tell apart; 0 for a network without classes."""
        return class_count(self.output_forms[0].size) if self.has_classes else 0

    def check(self) -> None:
        """Demand the invariants.

        Names differ; every operation reads, by its own rule, values that the input or an operation
        before it makes, so there is no circle; every value leads to an output; there is a class
        name for each class, or none.

        Raises:
            ValueError: one is broken; that is a defect of the tool, not of the model.
        """
        names = [self.input.name, *(node.name for node in self.nodes)]
        if len(set(names)) != len(names):
            raise ValueError(f"names of values repeat: {names}")
        for op in self.ops:
            op.check()
        types = self.types
        unknown = [name for name in self.outputs if name not in types]
        if unknown or not self.outputs:
            raise ValueError(f"outputs {self.outputs}, of which nothing makes {unknown}")
        idle = [name for name in names[1:] if not self.readers(name) and name not in self.outputs]
        if idle:
            raise ValueError(f"{idle} lead to no output")
        sizes = [self.types[name].shape.size for name in self.outputs]
        if sizes != [form.size for form in self.output_forms]:
            raise ValueError(f"outputs {self.outputs} of {sizes} values, not {self.forms}")
        if self.class_names and self.classes != len(self.class_names):
            raise ValueError(f"{len(self.class_names)} class names for {self.classes} classes")

    def __str__(self) -> str:
        """Stable text: the same graph gives the same text, another graph another one."""
        return "\n".join([f"graph {self.name!r}", *(f"  {line}" for line in self._lines())])

    def _lines(self) -> Iterator[str]:
        yield f"{format_fields(self.input)} -> {self.input.type}"
        for node in self.nodes:
            yield f"{node} -> {self.types[node.name]}"
        yield f"outputs {', '.join(self.outputs)}"
        if self.forms:
            yield f"which the model calls {', '.join(map(str, self.forms))}"


def chain_graph(name: str, source: Input, ops: Iterable[Operation]) -> Graph:
    """A graph in which every operation reads the one before it, and the first reads the image."""
    ops = tuple(ops)
    before = [source.name, *(op.name for op in ops)]
    nodes = tuple(Node(op, (read,)) for op, read in zip(ops, before, strict=False))
    return Graph(name, source, nodes, (before[-1],))


def free_name(wanted: str, taken: Collection[str]) -> str:
    """`wanted`, with a number behind it if the name is taken."""
    numbered = (f"{wanted}_{number}" for number in itertools.count(2))
    return next(name for name in itertools.chain([wanted], numbered) if name not in taken)
