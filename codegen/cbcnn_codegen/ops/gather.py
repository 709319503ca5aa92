"""Numbers of a map at other places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from cbcnn_codegen.ir import FLOAT32, Array, Fixed, Operation, Shape, ValueType, integers
from cbcnn_codegen.ir.drawing import Random
from cbcnn_codegen.ir.fixed_point import LARGEST, Bits

_SIDES: Final = ("rows", "columns", "channels")

Positions = npt.NDArray[np.int64]


class Along(NamedTuple):
    """Where an axis of the result reads.

    Position `i` reads position `start + step * (i // repeat)` of an axis of the source, and is
    filled where that lies outside.

    Attributes:
        size: positions of the result.
        axis: of the source: 0 for rows, 1 for columns, 2 for channels.
        start: what the first position reads.
        step: from one position to the next one that differs; 0 repeats one position.
        repeat: how often each position stands.
        spaced: only the first of those reads, the others are filled.
    """

    size: int
    axis: int
    start: int = 0
    step: int = 1
    repeat: int = 1
    spaced: bool = False

    def positions(self) -> Positions:
        """Of the source's axis, for each position of the result; -1 where it is filled."""
        here = np.arange(self.size)
        found: Positions = self.start + self.step * (here // self.repeat)
        if self.spaced:
            found[here % self.repeat > 0] = -1
        return found


@dataclass(frozen=True, eq=False)
class Gather(Operation):
    """A map whose numbers are those of another one at other places, or a constant.

    It stands for whatever only moves numbers: padding, cropping, slices, enlarging by repeating,
    other orders of the axes, and a pixel or a channel spread over a map.

    Attributes:
        rows, columns, channels: where the axes of the result read, each another axis.
        fill: the number outside of the source.
        bits: of the integers that it moves; 32 where it moves floats.
    """

    rows: Along
    columns: Along
    channels: Along
    fill: float = 0.0
    bits: Bits = 32

    is_real: ClassVar[bool] = True
    is_narrow: ClassVar[bool] = True

    @classmethod
    def draw(cls, name: str, random: Random, source: ValueType) -> Gather:
        """Any steps, also backwards and off the map; often the axes in their order."""
        order = random.permutation(3) if random.random() < 0.3 else np.arange(3)
        sides = [
            Along(
                int(random.integers(1, 7)),
                int(axis),
                int(random.integers(-2, source.shape[axis])),
                int(random.choice([1, 1, 1, 0, 2, -1])),
                int(random.choice([1, 1, 2, 3])),
                bool(random.random() < 0.2),
            )
            for axis in order
        ]
        bits = source.element.bits
        fill = float(random.choice([0.0, 1.0, -0.3] if bits == 32 else [0, 1, -100]))
        return cls(name, sides[0], sides[1], sides[2], fill, bits)

    @classmethod
    def of_map(cls, name: str, shape: Shape, **sides: Along) -> Gather:
        """One that leaves alone the axes that are not named."""
        rows, columns, channels = (
            sides.get(key, Along(size, axis))
            for axis, (key, size) in enumerate(
                zip(("rows", "columns", "channels"), shape, strict=True)
            )
        )
        return cls(name, rows, columns, channels)

    @property
    def sides(self) -> tuple[Along, Along, Along]:
        """Rows, columns and channels."""
        return self.rows, self.columns, self.channels

    def check(self) -> None:
        if sorted(side.axis for side in self.sides) != [0, 1, 2]:
            raise ValueError(f"{self.name}: an axis is read twice")
        if any(side.size < 1 or side.repeat < 1 for side in self.sides):
            raise ValueError(f"{self.name}: an axis without positions")

    def infer(self, source: ValueType) -> ValueType:
        shape = Shape(*(side.size for side in self.sides))
        if self.bits == 32:
            return ValueType(FLOAT32, shape)
        largest = max(source.element.largest, abs(round(self.fill)))
        return ValueType(integers(-largest, largest, 1, self.bits), shape)

    def on_fixed_point(self, sources: Sequence[Fixed], largest: float) -> tuple[Gather, Fixed]:
        (source,) = sources
        if abs(self.fill) > LARGEST[source.element.bits] * source.scale:
            raise ValueError(f"a constant of {self.fill:g} beside numbers up to {largest:g}")
        fill = float(round(self.fill / source.scale))
        return replace(self, fill=fill, bits=source.element.bits), source

    def compute(self, x: Array) -> Array:
        made = x.astype(np.float32).transpose(0, *(1 + side.axis for side in self.sides))
        for axis, side in enumerate(self.sides, 1):
            positions = side.positions()
            inside = (positions >= 0) & (positions < made.shape[axis])
            made = made.take(np.where(inside, positions, 0), axis)
            shape = [-1 if other == axis else 1 for other in range(4)]
            made = np.where(inside.reshape(shape), made, np.float32(self.fill))
        return made if self.bits == 32 else made.astype(np.int32)
