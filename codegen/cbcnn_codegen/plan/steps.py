"""What a plan is made of: layers, tables, buffers and steps. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy.typing as npt

from cbcnn_codegen.ir import (
    BinarizeInput,
    BinaryConv,
    BinaryDense,
    Graph,
    Input,
    Map,
    PoolSigns,
    Scores,
)
from cbcnn_codegen.options import Options
from cbcnn_codegen.targets import Target

LayerOp = BinarizeInput | BinaryConv | BinaryDense | PoolSigns

Element = Literal["word", "threshold", "pattern", "pixel", "u8", "u32", "int32", "int64", "float"]
"""C types that tables and buffers have: packed signs, a threshold, two groups of four taps in a
byte (see `pattern_sums.h`), a value of the image, and integers and floats of that size."""

Layout = Literal["plane", "pixel_words", "int32"]
"""How a map lies in memory: the caller's image; packed signs, every pixel from a new word on; one
32-bit integer for each value."""


@dataclass(frozen=True)
class Format:
    """Sizes of the C types that differ between targets and models.

    `lane_words` is how many words of lanes bit slicing computes at once; see `lanes_type.h`.
    `costs` names the processors whose prices estimates are made with; see `costs.py`.
    """

    word_bits: int
    threshold_bits: int
    pointer_bytes: int
    lane_words: int = 1
    costs: str = "host"

    def item_bytes(self, element: Element) -> int:
        """Bytes of one value of this type."""
        sizes: dict[Element, int] = {
            "word": self.word_bits // 8,
            "threshold": self.threshold_bits // 8,
            "pattern": 1,
            "pixel": 1,
            "u8": 1,
            "u32": 4,
            "int32": 4,
            "int64": 8,
            "float": 4,
        }
        return sizes[element]

    def words(self, channels: int) -> int:
        """Words of one pixel."""
        return -(-channels // self.word_bits)


@dataclass(frozen=True, eq=False)
class Layer:
    """One operation with what it reads and makes: all that a kernel needs to know."""

    index: int
    op: LayerOp
    source: Map
    output: Map
    image: Input
    format: Format


@dataclass(frozen=True, eq=False)
class Table:
    """Constants of a layer, as they lie in memory.

    Attributes:
        role: what they are, "weights" for one; part of the C name.
        element: their type.
        values: flat.
        shape: in words, for the comment above the table.
    """

    role: str
    element: Element
    values: npt.NDArray[Any]
    shape: str


class Field(NamedTuple):
    """A member of a layer's descriptor: a number, a struct of numbers, or a struct of structs."""

    comment: str
    values: tuple[int, ...] = ()
    members: tuple[Field, ...] = ()

    @property
    def size(self) -> int:
        """Number of integers."""
        return len(self.values) + sum(member.size for member in self.members)


class Scratch(NamedTuple):
    """Memory that a kernel needs while it runs."""

    element: Element
    items: int


@dataclass(frozen=True)
class Buffer:
    """A piece of the arena, in use from step `first` to step `last`, both included.

    `align` is that of its element, and buffers of elements of different size never share memory:
    C lets a compiler assume that they do not. Pixels are bytes, which may share it with anything.

    Attributes:
        over: the buffer that a kernel reads while it writes this one, where the two may overlap as
            long as this one starts `lead_bytes` before; None where nothing may overlap.
    """

    name: str
    element: Element
    bytes: int
    align: int
    first: int
    last: int
    over: str | None = None
    lead_bytes: int = 0
    offset: int = 0

    def meets(self, other: Buffer) -> bool:
        """Whether the two may not share memory, unless one is `over` the other."""
        together = self.first <= other.last and other.first <= self.last
        return together or not self.may_alias(other)

    def may_alias(self, other: Buffer) -> bool:
        """Whether C allows the two to lie at the same place at different times."""
        return self.align == other.align or "pixel" in (self.element, other.element)

    def excluded(self, other: Buffer) -> tuple[int, int]:
        """The offsets `low < offset < high` that another buffer, which has its place, rules out."""
        low, high = other.offset - self.bytes, other.offset + other.bytes
        if not self.meets(other):
            return 0, 0
        if self.over == other.name:
            low = max(low, other.offset - self.lead_bytes)
        if other.over == self.name:
            high = min(high, other.offset + other.lead_bytes)
        return low, high


class Products(NamedTuple):
    """Products of weights with signs and with image integers, for one image.

    What a kernel leaves out because a pooled channel has fired already is counted.
    """

    binary: int
    integer: int


@dataclass(frozen=True)
class Candidate:
    """What a kernel would cost for a layer.

    Attributes:
        instructions: estimated, for the target.
        table_bytes: of its weights and all other constants.
        code_bytes: of the kernel, once in a model.
    """

    kernel: str
    instructions: int
    scratch_bytes: int
    table_bytes: int
    code_bytes: int


@dataclass(frozen=True, eq=False)
class Step:
    """A layer, the kernel that computes it, its constants and its buffers.

    `source` is None where the layer reads the image. `candidates` are all kernels that fit, and
    `reason` tells why this one was taken.
    """

    layer: Layer
    kernel: str
    struct: str
    fields: tuple[Field, ...]
    tables: tuple[Table | None, ...]
    source: Buffer | None
    output: Buffer
    scratch: Buffer | None
    products: Products
    instructions: int
    candidates: tuple[Candidate, ...]
    reason: str

    @property
    def output_bytes(self) -> int:
        """Size of the map that the layer makes."""
        return self.output.bytes


@dataclass(frozen=True, eq=False)
class ScoreStep:
    """The last step: class scores from accumulators.

    Attributes:
        fraction_bits: a score is worth `score * 2**-fraction_bits`.
        type: C type of a score.
    """

    op: Scores
    kernel: str
    struct: str
    classes: int
    tables: tuple[Table, ...]
    type: Literal["int32_t", "int64_t", "float"]
    fraction_bits: int


@dataclass(frozen=True, eq=False)
class Plan:
    """A model for one target: which kernel runs on which memory, in order.

    Attributes:
        image: place for the caller's image, where the plan has one for it.
        arena_bytes: of an arena whose image lies elsewhere.
        arena_with_image_bytes: of an arena with the image in its place; the same without one.
    """

    graph: Graph
    target: Target
    options: Options
    format: Format
    steps: tuple[Step, ...]
    scores: ScoreStep
    compression: Buffer | None
    image: Buffer | None
    arena_bytes: int
    arena_with_image_bytes: int
    arena_alignment: int

    @property
    def image_saved_bytes(self) -> int:
        """RAM that the image's place saves, compared with an image outside of the arena."""
        if self.image is None:
            return 0
        return self.arena_bytes + self.image.bytes - self.arena_with_image_bytes

    @property
    def buffers(self) -> tuple[Buffer, ...]:
        """Every piece of the arena."""
        pieces = [self.compression, self.image]
        for step in self.steps:
            pieces += [step.output, step.scratch]
        return tuple(piece for piece in pieces if piece is not None)

    def table_bytes(self, table: Table) -> int:
        """Size of a table in flash."""
        return len(table.values) * self.format.item_bytes(table.element)

    def step_weights_bytes(self, step: Step) -> int:
        """Flash for the weights of a layer."""
        return sum(map(self.table_bytes, _tables(step, weights=True)))

    def step_constants_bytes(self, step: Step) -> int:
        """Flash for the thresholds, masks and sizes of a layer."""
        sizes = 4 * sum(field.size for field in step.fields)
        pointers = self.format.pointer_bytes * len(step.tables)
        tables = sum(map(self.table_bytes, _tables(step, weights=False)))
        return sizes + pointers + tables

    @property
    def weights_bytes(self) -> int:
        """Flash for the weights of all layers."""
        return sum(map(self.step_weights_bytes, self.steps))

    @property
    def constants_bytes(self) -> int:
        """Flash for all other tables and descriptors, padding between their members left out."""
        scores = 4 + self.format.pointer_bytes * len(self.scores.tables)
        scores += sum(map(self.table_bytes, self.scores.tables))
        return scores + sum(map(self.step_constants_bytes, self.steps))

    def check(self) -> None:
        """Demand that buffers lie in the arena, aligned, and apart where they must.

        Raises:
            ValueError: one does not; that is a defect of the tool.
        """
        for i, buffer in enumerate(self.buffers):
            end = buffer.offset + buffer.bytes
            size = self.arena_with_image_bytes if buffer is self.image else self.arena_bytes
            if buffer.offset % buffer.align or buffer.offset < 0 or end > size:
                raise ValueError(f"{buffer} does not lie in {size} bytes")
            for other in self.buffers[:i]:
                low, high = buffer.excluded(other)
                if low < buffer.offset < high:
                    raise ValueError(f"{buffer} and {other} share memory")


def _tables(step: Step, weights: bool) -> list[Table]:
    """The tables of a layer that are its weights, or all the others."""
    tables = [table for table in step.tables if table is not None]
    return [table for table in tables if (table.role == "weights") == weights]
