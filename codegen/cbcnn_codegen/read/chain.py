"""The graph under construction: the operations so far, and the value that flows now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal, NamedTuple, Protocol

import numpy as np

from cbcnn_codegen.errors import UnsupportedLayerError
from cbcnn_codegen.ir import Float32Array, Node, Operation, Shape, free_name
from cbcnn_codegen.ops.affine import Affine
from cbcnn_codegen.ops.reshape import Reshape
from cbcnn_codegen.ops.sign import Sign
from cbcnn_codegen.read.input_domain import Domain, Scaling, find_domain, inexact_note
from cbcnn_codegen.read.layer_config import LayerConfig
from cbcnn_codegen.read.left_out import LeftOut
from cbcnn_codegen.read.rounding import image_error
from cbcnn_inputs.metadata import InputType
from cbcnn_inputs.probe import IMAGE, Probe

Dimensions = tuple[int, ...]


MOST_AXES: Final = 3
"""Axes of a map; values with more exist between a Reshape and the next one."""


class Arrays(Protocol):
    """The arrays of the layers of a model file."""

    def read(
        self, layer: LayerConfig, name: str, index: int, shape: tuple[int | None, ...]
    ) -> Float32Array:
        """One array of a layer; see `Weights.read`."""

    def read_all(self, layer: LayerConfig) -> list[Float32Array]:
        """The arrays of a layer; see `Weights.read_all`."""


Kind = Literal["plane", "reals", "signs"]
"""The content of a value: the image's integers, scaled or not; real numbers; -1 and +1."""


class LayerOutput(NamedTuple):
    """The known facts about the output of a Keras layer; see `Chain`."""

    dimensions: Dimensions | None
    kind: Kind | None
    source: str
    value: str
    left_out: tuple[LeftOut, ...]


@dataclass
class Chain:
    """State while layers are converted one after the other; it is what the current layer reads.

    Conversion continues behind a refused layer, so one run names every problem; facts that are then
    unknown are None.

    Attributes:
        weights: the arrays of the model file.
        fused_norms: whether this Keras computes batch norm of rank 4 with the fused kernel.
        sequences: whether a value of rank 2 is steps x channels, not rows x columns.
        dimensions: of one value as Keras sees it, without the batch: (n,), (h, w) or (h, w, c);
            `kind` is what it holds.
        scaling: of the image, so far; `scaler` is its last layer or "", `domain` the integers then.
        input_type: of the image; `image` is its name, `image_shape` its shape, and `scaled_image`
            the name of what its integers are worth, once something has read it.
        layer: the one that is converted; `source` is what made the `value`, "" for the image.
        flows: everything that the layer reads; the state is the first of them, and `forked` says
            whether anything else reads that.
        nodes: the operations so far.
        probes: layers and operations by name, to what shows the result in the live model.
        left_out: functions since the last operation that needs their values; `computed` are those
            that had to be, by name and what they read, to the operation.
    """

    weights: Arrays
    fused_norms: bool
    input_type: InputType
    sequences: bool = False
    scaling: Scaling = field(default_factory=Scaling)
    scaler: str = ""
    dimensions: Dimensions | None = None
    kind: Kind | None = "plane"
    domain: Domain | None = None
    layer: str = ""
    source: str = ""
    image: str = "image"
    image_shape: Shape | None = None
    scaled_image: str | None = None
    value: str = "image"
    flows: tuple[LayerOutput, ...] = ()
    forked: bool = False
    nodes: list[Node] = field(default_factory=list)
    probes: dict[str, Probe] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    problems: list[UnsupportedLayerError] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    computed: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def flow(self) -> LayerOutput:
        """The state for every layer that reads this output."""
        left_out = tuple(self.left_out)
        return LayerOutput(self.dimensions, self.kind, self.source, self.value, left_out)

    def take_up(self, flows: Sequence[LayerOutput]) -> None:
        """Continue with what a layer reads; with several outputs, from the first of them."""
        self.flows = tuple(flows)
        self.dimensions, self.kind, self.source, self.value, left_out = flows[0]
        self.left_out = list(left_out)

    def start(self, image: str) -> None:
        """Begin with the image, under this name."""
        self.image = self.value = image

    @property
    def shape(self) -> Shape | None:
        """The value as a map; vectors are 1x1 maps. None for one with more than three axes."""
        if self.dimensions is None or len(self.dimensions) > MOST_AXES:
            return None
        return self.map_of(self.dimensions)

    def map_of(self, dimensions: Dimensions) -> Shape:
        """Keras dimensions without the batch as a map.

        A sequence has one row; other values of rank 2 have one channel.
        """
        match dimensions:
            case (channels,):
                return Shape(1, 1, channels)
            case (first, second):
                return Shape(1, first, second) if self.sequences else Shape(first, second, 1)
            case (height, width, channels):
                return Shape(height, width, channels)
        raise ValueError("an image has one to three axes")

    def rescale(self, scale: float, offset: float, origin: str) -> None:
        """Multiply the image and add to it."""
        self.scaling = self.scaling.then(scale, offset, origin)
        self.scaler = self.layer

    def image_domain(self) -> Domain:
        """The integers that stand for the scaled image; asking for them completes the scaling."""
        if self.domain is None:
            try:
                self.domain = find_domain(self.scaling, self.input_type)
            except UnsupportedLayerError as problem:
                self.refuse(problem)
                self.domain = Domain(self.input_type)
            if not self.scaling.is_exact:
                self.note(inexact_note(self.scaling))
        return self.domain

    def image_rounding(self) -> float:
        """How far TensorFlow's image may lie from those integers, in steps of them."""
        return self.image_domain().rounding(self.scaling)

    def emit(self, op: Operation, kind: Kind | None) -> None:
        """Append an operation whose output holds `kind`; None leaves the kind as it was."""
        if not all(function.may_precede(op, self.shape) for function in self.left_out):
            for function in self.left_out:
                self._compute(function, type(op).__name__)
            self.left_out.clear()
        source = self.source if kind == "signs" else self.layer
        self.nodes.append(Node(op, (self._scaled(self.value),), source))
        self.value = op.name
        self.kind = kind or self.kind

    def _compute(self, function: LeftOut, following: str) -> None:
        """Emit a function that cannot be left out, or refuse it."""
        self.value = self._computed(function, self.value, following)
        self.kind = "reals"

    def _computed(self, function: LeftOut, value: str, following: str) -> str:
        """The value of a function, emitted once; or a refusal, and what it reads.

        A function that has moved behind a pooling is another one for whoever reads its own layer.
        """
        if not function.ops:
            self.refuse(function.refused_before(following))
        for op in function.ops:
            read = self._scaled(value)
            value = self.computed.get((op.name, read), "")
            if not value:
                value = self.computed[op.name, read] = self._unused(op.name)
                self.nodes.append(Node(replace(op, name=value), (read,), function.layer.name))
        return value

    def _unused(self, name: str) -> str:
        """A name that no operation has yet."""
        if all(node.name != name for node in self.nodes):
            return name
        other = free_name(f"{name}/moved", self.probes)
        self.probes[other] = self.probes[name]
        return other

    def emit_move(self, op: Operation) -> None:
        """Append an operation that leaves numbers alone and moves them; signs stay signs."""
        was = self.kind
        self.emit(op, "reals" if was in ("signs", None) else None)
        if was == "signs":
            self.source = self.layer
            name = free_name(f"{op.name}/sign", self.probes)
            self.probes[name] = self.probes.get(op.name, IMAGE)
            self.emit(Sign(name, 1), "signs")

    def emit_on_vector(self, op: Operation, layer: LayerConfig) -> None:
        """Append an operation that has a number of its own for each number of the map."""
        shape = self.shape
        assert shape is not None, "the dimensions are known"
        self.emit_move(Reshape(self.part_of(layer, "vector"), Shape(1, 1, shape.size)))
        self.emit(op, "reals")
        self.emit_move(Reshape(self.part_of(layer, "map"), shape))

    def emit_product_with(self, function: Operation, join: Operation) -> None:
        """Append a function of the value, and what joins its result with the value."""
        self.emit(function, "reals")
        self.join_with(join, self.nodes[-1].inputs[0])

    def join_all(self, join: Operation, values: Sequence[str]) -> None:
        """Append what joins several earlier values, if there are several."""
        if len(values) > 1:
            self.nodes.append(Node(join, tuple(values), self.layer))
            self.value = join.name

    def join_with(self, join: Operation, other: str) -> None:
        """Append what joins an earlier value with the value."""
        self.nodes.append(Node(join, (other, self.value), self.layer))
        self.value = join.name

    def emit_join(
        self, op: Operation, kind: Kind, prepared: Sequence[Sequence[Operation]] = ()
    ) -> None:
        """Append an operation that reads all that the layer reads.

        Args:
            op: the operation.
            kind: of what it makes.
            prepared: operations in a row on each of the values, before it is joined.
        """
        inputs = []
        for position, flow in enumerate(self.flows):
            value = flow.value
            for function in flow.left_out:
                value = self._computed(function, value, type(op).__name__)
            value = self._scaled(value)
            for own in prepared[position] if prepared else ():
                self.nodes.append(Node(own, (value,)))
                value = own.name
            inputs.append(value)
        self.left_out.clear()
        self.nodes.append(Node(op, tuple(inputs), self.layer))
        self.value, self.kind = op.name, kind

    def _scaled(self, value: str) -> str:
        """The value; in place of the image what its integers are worth, which is emitted once."""
        scale = self.image_domain().scale
        if value != self.image or scale == 1.0 or self.image_shape is None:
            return value
        if self.scaled_image is None:
            name = self.scaled_image = free_name(f"{self.image}/scale", self.probes)
            self.probes[name] = self.probes.get(self.scaler or self.image, IMAGE)
            channels = self.image_shape.channels
            error = image_error(self.image_rounding() * scale, channels)
            affine = Affine(name, np.full(channels, scale, np.float32), error=error)
            self.nodes.append(Node(affine, (self.image,), self.scaler))
        return self.scaled_image

    def part_of(self, layer: LayerConfig, part: str) -> str:
        """A name for another operation that a layer stands for."""
        name = free_name(f"{layer.name}/{part}", self.probes)
        self.probes[name] = layer.probe
        return name

    def meet_sign(self) -> None:
        """A sign follows: leave out the functions in front of it that keep it."""
        for function in self.left_out:
            if function.keeps_sign():
                self.note(function.note_at_sign())
            else:
                self._compute(function, "a sign")
        self.left_out.clear()

    def meet_end(self, scores: int, *, is_class: bool) -> None:
        """The model ends: leave out the functions in front of its end that keep its answer.

        Where that is no class, every value is an answer: what can be computed is.
        """
        for function in self.left_out:
            if function.ops and not is_class:
                self._compute(function, "the end")
            elif function.keeps_answer(scores):
                self.note(function.note_at_end())
            elif function.ops and not function.is_constant(scores):
                self._compute(function, "the end")
            else:
                self.refuse(function.refused_at_end(scores))
        self.left_out.clear()

    def put_out(self) -> str:
        """The value at an end of the model; the image is what its integers are worth."""
        return self._scaled(self.value)

    def note(self, text: str) -> None:
        """Remember something that the user should know; once."""
        if text not in self.notes:
            self.notes.append(text)

    def refuse(self, problem: UnsupportedLayerError) -> None:
        """Remember a problem and continue."""
        self.problems.append(problem)

    def lose_track(self) -> None:
        """An unknown layer made something unknown."""
        self.dimensions, self.kind = None, None
