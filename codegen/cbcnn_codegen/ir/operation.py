"""The questions that every operation answers; the operations are in `ops/`, one file each."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, NamedTuple, TypeVar

import numpy as np

from cbcnn_codegen.ir.drawing import Random
from cbcnn_codegen.ir.fixed_point import Fixed, Line, Rescaling
from cbcnn_codegen.ir.rounding import CONTRACT, Rounding
from cbcnn_codegen.ir.sum_error import SumError
from cbcnn_codegen.ir.values import (
    FLOAT32,
    Array,
    BoolArray,
    Element,
    Float32Array,
    FloatArray,
    Int8Array,
    Shape,
    ValueType,
    integers,
)
from cbcnn_codegen.ir.windows import NO_PADDING, Padding

SomeProduct = TypeVar("SomeProduct", bound="Product")


class Obstacle(NamedTuple):
    """Why no code can be generated for an operation, in the words of a refusal.

    Attributes:
        found: "{operation}" and "{count}" in it stand for the operation's name and the number of
            values that it reads.
        allowed: instead of it.
        suggestion: what to try.
    """

    found: str
    allowed: str
    suggestion: str

    @classmethod
    def of_branches(cls) -> Obstacle:
        """That of an operation which joins branches."""
        return cls(
            "{operation}, which reads {count} values",
            "a chain: one input, one output, and every layer reading the one before it",
            "a model without shortcuts and branches",
        )


@dataclass(frozen=True, eq=False)
class Operation(ABC):
    """One operation of the network. Its name is the name of the value that it makes.

    Attributes:
        is_lowered: whether it may remain after all passes; then kernels compute it.
        is_real: whether kernels compute it where it reads float32 alone.
        is_integral: whether kernels compute it where it reads signs and integers.
        is_step: whether a kernel of products can go on with it, on the floats that it makes.
        is_pointwise: whether it is a function of single numbers.
        is_narrow: whether kernels compute it where it reads integers of 8 or 16 bits alone.
        keeps_width: whether kernels make integers of as many bits as those that it reads have.
        makes_narrow: whether kernels make its integers in 16 bits as well as in 32.
        reads_narrow: whether kernels read integers of 16 bits, too, and make what they make of 32.
        is_quantized: whether it is part of quantized networks alone.
        is_quantizer: whether it makes one of a few numbers, such as a sign, of a real one: what
            rounding changed in front of it is gone behind it, or has become a step.
        is_renaming: whether it leaves all numbers where they lie, so that no kernel runs.
        obstacle: why no pass and no kernel can take it; None if one can.
    """

    name: str

    is_lowered: ClassVar[bool] = False
    is_real: ClassVar[bool] = False
    is_integral: ClassVar[bool] = False
    is_step: ClassVar[bool] = False
    is_pointwise: ClassVar[bool] = False
    is_narrow: ClassVar[bool] = False
    keeps_width: ClassVar[bool] = False
    makes_narrow: ClassVar[bool] = False
    reads_narrow: ClassVar[bool] = False
    is_quantized: ClassVar[bool] = False
    is_quantizer: ClassVar[bool] = False
    is_renaming: ClassVar[bool] = False
    obstacle: ClassVar[Obstacle | None] = None

    def share_of_zeros(self, *sources: float) -> float:
        """The expected share of zeros, from 0 to 1, in what it makes of values with these shares.

        For prices alone: a processor without a unit for floats is faster with a zero.
        """
        return sources[0] if self.is_renaming else 0.0

    @abstractmethod
    def infer(self, *sources: Any, **none: Any) -> ValueType:
        """The type of what it makes of values of these types.

        The two catch-alls stand for any number of `ValueType`; an operation names those it reads.

        Raises:
            ValueError: it cannot read such values.
        """

    @abstractmethod
    def compute(self, *sources: Any, **none: Any) -> Array:
        """Its meaning: the result for arrays of N x height x width x channels.

        Signs are int8, integers int32, the rest is float32.
        """

    @classmethod
    def draw(cls, name: str, random: Random, *sources: Any) -> Operation:
        """One of these operations for tests, which reads values of the types `sources`.

        Hard cases are common, such as ties and constant channels; see `drawing.py`.
        """
        raise NotImplementedError(f"{cls.__name__} says nothing of how it is drawn")

    def check(self) -> None:  # noqa: B027 - most have nothing to demand
        """Demand what must hold for its fields.

        Raises:
            ValueError: it does not.
        """

    def demand_one_shape(self, first: ValueType, *others: ValueType) -> None:
        """Raise ValueError for values of different shapes."""
        if any(other.shape != first.shape for other in others):
            raise ValueError(f"{self.name}: {', '.join(map(str, (first, *others)))}")

    def on_map(self, shape: Shape) -> Operation | None:
        """The operation that does the same on a map of `shape` as this one on the flattened map.

        None if there is none, because this one treats positions of the map differently.
        """
        return None

    def on_channels(self, channels: slice, count: int) -> Operation | None:
        """The operation that does the same on some of `count` channels as this one on all.

        None if there is none, because this one does not treat each channel by itself.
        """
        return None

    def on_integers(self, scale: float) -> Operation | None:
        """The operation that makes `y` of `x` where this one makes `scale * y` of `scale * x`.

        None if there is none. `scale` is positive.
        """
        return None

    def sums_of_integers(self, scale: float) -> tuple[Operation, Line] | None:
        """For a real-valued product: sums of products of 8-bit weights, and what a sum is worth.

        None for other operations. `scale` is what an integer that it reads is worth.
        """
        return None

    def extend(self, line: Line) -> Line | None:
        """What this operation makes of the results of `line`; None if that is no such function."""
        return None

    def on_fixed_point(
        self, sources: Sequence[Fixed], largest: float
    ) -> tuple[Operation, Fixed] | None:
        """The same on integers of 16 bits that are worth powers of two, and what it makes.

        None for other operations than joins and poolings. `largest` is the largest magnitude of
        the result; a larger one becomes the largest that its integers hold.
        """
        return None

    def __str__(self) -> str:
        return format_fields(self)


@dataclass(frozen=True, eq=False)
class Monotone(Operation):
    """A float32 function of single values that keeps or reverses their order, channel by channel.

    Rounding included: where `x <= y`, the results are in the same order, or in the other one.
    """

    is_real: ClassVar[bool] = True
    is_pointwise: ClassVar[bool] = True

    @abstractmethod
    def evaluate(self, x: FloatArray, rounding: Rounding) -> FloatArray:
        """Its result for `x`, whose last axis is the channel, rounded in one way."""

    def steps(self, x: FloatArray) -> Iterator[tuple[str, FloatArray]]:
        """The steps on the way to the result, each with its name in words; the result last.

        Args:
            x: float32, whose last axis is the channel.
        """
        yield "the result", self.evaluate(x, CONTRACT)

    @property
    def is_monotone(self) -> bool:
        """Whether it is, with the numbers that it has."""
        return True

    def halves(self) -> tuple[Monotone, Monotone] | None:
        """For a function that bends at zero: itself above zero, itself below, 0 on the other side.

        None if it is monotone.
        """
        return None

    @property
    def is_rounded(self) -> bool:
        """Whether it takes sums that TensorFlow rounds; `Rounding.moved` then moves them."""
        return False

    def falls(self, channels: int) -> BoolArray:
        """The channels whose order it reverses."""
        return np.zeros(channels, np.bool_)

    def as_affine(self, channels: int) -> tuple[Float32Array, Float32Array] | None:
        """M and o, if the function is `x * m + o` up to rounding; None if it is not."""
        return None

    def on_channels(self, channels: slice, count: int) -> Operation | None:
        if self.is_rounded:
            return None
        numbers = {field.name: getattr(self, field.name) for field in fields(self)}
        found = {name: of for name, of in numbers.items() if np.shape(of) == (count,)}
        return replace(self, **{name: of[channels] for name, of in found.items()})

    def extend(self, line: Line) -> Line | None:
        affine = self.as_affine(len(line.slope))
        return None if affine is None else line.scaled(*affine)

    def infer(self, source: ValueType) -> ValueType:
        return ValueType(FLOAT32, source.shape)

    def compute(self, x: Array) -> Array:
        return self.evaluate(x.astype(np.float32), CONTRACT)


@dataclass(frozen=True, eq=False)
class Product(Operation):
    """Sums of products with binary weights.

    Attributes:
        weights: -1/+1, one output channel after the other.
    """

    weights: Int8Array

    def check(self) -> None:
        if not (np.abs(self.weights) == 1).all():
            raise ValueError(f"{self.name}: weights other than -1 and +1")

    def sums(self, source: Element, padding: Padding = NO_PADDING, pad: float = 0.0) -> Element:
        """The element of its sums of products of `source`.

        Of n odd numbers, such as signs, they have the parity of n, where all n are there: padding
        with 0 leaves some out.
        """
        if source.kind == "float32":
            return source
        fan_in = int(self.weights[0].size)
        padded = any(padding)
        are_odd = source.step == 2 and source.low % 2 == 1 and not (padded and round(pad) % 2 == 0)
        largest = fan_in * max(source.largest, abs(round(pad)) if padded else 0)
        return integers(-largest, largest, 2 if are_odd else 1)

    def negated(self: SomeProduct, channels: BoolArray) -> SomeProduct:
        """The operation whose sums have the other sign in some output channels."""
        flip = np.where(channels, -1, 1).astype(np.int8)
        return replace(self, weights=self.weights * flip[:, None, None, None])


def format_fields(item: Any) -> str:
    """Class and fields of a dataclass as stable text."""
    values = (f"{field.name}={_text(getattr(item, field.name))}" for field in fields(item))
    return f"{type(item).__name__}({', '.join(values)})"


def _text(value: Any) -> str:
    """Arrays print as shape and digest, so that the text stays short and still tells them apart."""
    if isinstance(value, np.ndarray):
        digest = hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()[:12]
        return f"{value.dtype}{list(value.shape)}#{digest}"
    if isinstance(value, SumError):
        return f"SumError({', '.join(map(_text, value))})"
    if isinstance(value, Operation):
        return str(value)
    if isinstance(value, tuple) and any(isinstance(item, Operation) for item in value):
        return f"({', '.join(map(_text, value))})"
    if isinstance(value, Rescaling):
        return format_fields(value)
    return repr(value)
