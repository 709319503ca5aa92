"""Compares the results of the C with those of a Python model, without tolerance."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from cbcnn_codegen.report import ReportedLayer, ReportedScores
from cbcnn_codegen.verify.expect import Decisions, Expectation
from cbcnn_codegen.verify.harness import Outputs
from cbcnn_codegen.verify.logits import LogitTally
from cbcnn_codegen.verify.project import Project

Array = npt.NDArray[Any]


class Outcome(Enum):
    """Results besides the layers, which may have any name, even these."""

    PLANE = "image compression"
    SCORES = "scores"
    CLASS = "class"
    DECISION = "class or no answer"


PLANE: Final = Outcome.PLANE
SCORES: Final = Outcome.SCORES
CLASS: Final = Outcome.CLASS
DECISION: Final = Outcome.DECISION
_TYPES: Final = {"int8": "<i1", "int16": "<i2", "accumulators": "<i4", "reals": "<f4"}


class OutputItem(NamedTuple):
    """An output of a network without classes, by its layer."""

    layer: str


Item = str | Outcome | OutputItem
"""A layer by its name, or a result."""


@dataclass(frozen=True)
class Mismatch:
    """One value that differs. `position` is row, column and channel, or what `axis` says."""

    layer: str
    image: int
    position: tuple[int, ...]
    found: str
    expected: str
    axis: str = "class"

    def __str__(self) -> str:
        if len(self.position) == 3:
            row, column, channel = self.position
            place = f"row {row}, column {column}, channel {channel}"
        elif self.position:
            place = f"{self.axis} {self.position[0]}"
        else:
            place = "the answer"
        return (
            f"image {self.image}, {self.layer}, {place}: "
            f"C {self.found}, Python model {self.expected}"
        )


@dataclass
class LayerTally:
    """Counts of one layer or result; a sign is one bit, other values as many as their type has.

    Attributes:
        signs: whether its values are signs.
    """

    item: Item
    bits: int = 0
    mismatched_bits: int = 0
    mismatched: set[int] = field(default_factory=set)
    first: Mismatch | None = None
    signs: bool = False

    @property
    def name(self) -> str:
        """The name for people."""
        return _name(self.item)


@dataclass
class Comparison:
    """Counts over images, C against a Python model."""

    mismatched: set[int] = field(default_factory=set)
    layers: dict[Item, LayerTally] = field(default_factory=dict)
    logits_of: dict[str, LogitTally] = field(default_factory=dict)
    """By the layer that puts them out."""

    @property
    def logits(self) -> LogitTally:
        """Those of all outputs."""
        return LogitTally.of_all(self.logits_of.values())

    @property
    def bits(self) -> int:
        """Bits that were compared."""
        return sum(layer.bits for layer in self.layers.values())

    @property
    def mismatched_bits(self) -> int:
        """Bits that differ."""
        return sum(layer.mismatched_bits for layer in self.layers.values())

    @property
    def sign_bits(self) -> int:
        """Signs that were compared."""
        return sum(layer.bits for layer in self.layers.values() if layer.signs)

    @property
    def mismatched_sign_bits(self) -> int:
        """Signs that differ."""
        return sum(layer.mismatched_bits for layer in self.layers.values() if layer.signs)

    @property
    def first(self) -> Mismatch | None:
        """The first mismatch of the first layer that has one."""
        found = (layer.first for layer in self.layers.values() if layer.first is not None)
        return next(found, None)

    @classmethod
    def merge(cls, comparisons: Iterable[Comparison]) -> Comparison:
        """The sums of several, layer by layer."""
        merged = cls()
        for comparison in comparisons:
            for layer, logits in comparison.logits_of.items():
                merged.logits_of.setdefault(layer, LogitTally()).merge(logits)
            for tally in comparison.layers.values():
                merged._count(
                    tally.item, tally.bits, tally.mismatched_bits, tally.mismatched, tally.first
                )
                merged.layers[tally.item].signs |= tally.signs
        return merged

    def add(
        self, project: Project, outputs: Outputs, expected: Expectation, planes: Array, start: int
    ) -> None:
        """Count images `start`, `start + 1`, ..., with `planes` as NumPy makes them."""
        if outputs.planes is not None:
            self._add_values(PLANE, outputs.planes, planes, start)
        for layer in project.layers:
            wanted = expected.layers.get(layer.name)
            if wanted is not None:
                self._add_layer(project, layer, outputs.layers[layer.index], wanted, start)
        for output, found, shown in zip(
            project.outputs, outputs.scores, expected.outputs, strict=True
        ):
            if shown.scores is not None:
                item = OutputItem(output.layer) if output.name else SCORES
                self._add_values(item, found, integer_scores(output, shown.scores), start)
            if shown.logits is not None:
                worth = np.ldexp(found.astype(np.float64), -output.fraction_bits)
                self.logits_of.setdefault(output.layer, LogitTally()).add(
                    worth, shown.logits, shown.sizes
                )
        if expected.decisions is not None:
            self._add_classes(outputs, expected.decisions, start)
            self._add_decisions(project, outputs, expected, start)

    def _add_classes(self, outputs: Outputs, expected: Decisions, start: int) -> None:
        answers = np.where(expected.near_ties, expected.classes, expected.answers)
        for classes in (outputs.classes, outputs.classified):
            self._add_values(CLASS, classes, expected.classes.astype(np.uint32), start)
            self._add_values(CLASS, classes, answers.astype(np.uint32), start)

    def _add_decisions(
        self, project: Project, outputs: Outputs, expected: Expectation, start: int
    ) -> None:
        """Count what a model that may give no answer says of the traced images."""
        if outputs.decided is None or project.rejection is None or expected.scores is None:
            return
        rejected = project.rejection.rejects(expected.scores)
        wanted = np.where(rejected, project.classes, expected.classes)[: len(outputs.decided)]
        self._add_values(DECISION, outputs.decided, wanted.astype(np.uint32), start)

    def _add_layer(
        self, project: Project, layer: ReportedLayer, data: Array, wanted: Array, start: int
    ) -> None:
        shape = (len(data), *layer.shape)
        if wanted.shape != shape:
            raise ValueError(f"{layer.name}: {wanted.shape} from Python, {shape} from the C")
        if layer.kind != "signs":
            found = data.view(_TYPES[layer.kind]).reshape(shape)
            self._add_values(layer.name, found, wanted, start)
            return
        expected_bits = pack_signs(wanted, project.word_bits)
        different = data ^ expected_bits.reshape(data.shape)
        bits = wanted.size
        if not different.any():
            self._count(layer.name, bits, 0, (), None)
            self.layers[layer.name].signs = True
            return
        found = unpack_signs(data, layer, project.word_bits)
        padded = np.full(found.shape, -1, np.int8)
        padded[..., : layer.shape.channels] = wanted
        self._add_difference(layer.name, found, padded, start, bits, different)
        self.layers[layer.name].signs = True

    def _add_values(self, item: Item, found: Array, expected: Array, start: int) -> None:
        bits = found.size * found.dtype.itemsize * 8
        if np.array_equal(found, expected) and not _differs_in_zeros(found, expected):
            self._count(item, bits, 0, (), None)
            return
        with np.errstate(invalid="ignore"):
            wanted = expected.astype(found.dtype)
        different = np.ascontiguousarray(found).view("u1") ^ wanted.view("u1")
        self._add_difference(item, found, expected, start, bits, different)

    def _add_difference(
        self, item: Item, found: Array, expected: Array, start: int, bits: int, different: Array
    ) -> None:
        """`different` holds the exclusive or of the bytes on both sides."""
        where = np.argwhere((found != expected) | (np.signbit(found) != np.signbit(expected)))
        image, *position = (int(index) for index in where[0])
        first = Mismatch(
            layer=_name(item),
            image=start + image,
            position=tuple(position),
            found=_number(found[tuple(where[0])]),
            expected=_number(expected[tuple(where[0])]),
            axis="value" if isinstance(item, OutputItem) else "class",
        )
        images = {start + int(index) for index in np.unique(where[:, 0])}
        self._count(item, bits, int(np.unpackbits(different).sum()), images, first)

    def _count(
        self,
        item: Item,
        bits: int,
        mismatched_bits: int,
        images: Collection[int],
        first: Mismatch | None,
    ) -> None:
        tally = self.layers.setdefault(item, LayerTally(item))
        tally.bits += bits
        tally.mismatched_bits += mismatched_bits
        tally.mismatched.update(images)
        tally.first = tally.first or first
        self.mismatched.update(images)


def _differs_in_zeros(found: Array, expected: Array) -> bool:
    """Is a zero on one side negative and on the other not, in numbers that are equal?"""
    return found.dtype.kind == "f" and bool((np.signbit(found) != np.signbit(expected)).any())


def integer_scores(output: ReportedScores, scores: npt.NDArray[np.float32]) -> Array:
    """Float scores in the type of the C's scores, exactly: scaled by 2**fraction_bits."""
    if output.type == "float":
        return scores
    scaled = np.ldexp(scores.astype(np.float64), output.fraction_bits)
    if (scaled != np.rint(scaled)).any() or (np.abs(scaled) >= 2.0**63).any():
        # Then the C cannot be right either; NaN differs from every integer.
        return np.where(scaled == np.rint(scaled), scaled, np.nan)
    return scaled.astype(np.int64)


def pack_signs(signs: Array, word_bits: int) -> npt.NDArray[np.uint8]:
    """Bytes of the packed form: each pixel starts a new little-endian word, +1 is bit 1."""
    channels = signs.shape[-1]
    words = -(-channels // word_bits)
    padded = np.zeros((*signs.shape[:-1], words * word_bits), np.uint8)
    padded[..., :channels] = signs > 0
    return np.packbits(padded, axis=-1, bitorder="little")


def unpack_signs(data: Array, layer: ReportedLayer, word_bits: int) -> npt.NDArray[np.int8]:
    """-1/+1 out of the packed form, unused bits included as channels behind the last one."""
    words = -(-layer.shape.channels // word_bits)
    shape = (len(data), layer.shape.height, layer.shape.width, words * word_bits // 8)
    bits = np.unpackbits(data.reshape(shape), axis=-1, bitorder="little")
    return np.where(bits > 0, np.int8(1), np.int8(-1))


def _name(item: Item) -> str:
    if isinstance(item, OutputItem):
        return f"output of {item.layer}"
    return item if isinstance(item, str) else item.value


def _number(value: Any) -> str:
    number = value.item()
    return f"{number:+d}" if isinstance(number, int) else repr(number)
