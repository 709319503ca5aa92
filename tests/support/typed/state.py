"""A chain of layers while it is drawn, and what flows at its end."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import numpy as np

from support.typed.call import Call

Kind = Literal["image", "sums", "signs"]
Dimensions = tuple[int, ...]
T = TypeVar("T")


@dataclass(frozen=True)
class Part:
    """A layer, and the shape that it reads, without the batch."""

    call: Call
    reads: Dimensions


@dataclass
class Draft:
    """What has been drawn.

    Attributes:
        dimensions: of the value at the end.
        kind: what it holds: image integers, real numbers that wait for a sign, or signs.
        pixels: rows times columns of the map that was flattened since the last product, else 1.
        zero: sign of zero in this model: +1 in Larq, -1 in the CBCNN authors' layers.
    """

    rng: np.random.Generator
    dimensions: Dimensions
    zero: Literal[-1, 1] = 1
    kind: Kind = "image"
    pixels: int = 1
    parts: list[Part] = field(default_factory=list)

    def add(self, function: str, *arguments: Any, **options: Any) -> None:
        """Append a layer; what it does to the value is the caller's to say."""
        self.parts.append(Part(Call(function, arguments, options), self.dimensions))

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return bool(self.rng.random() < probability)

    def pick(self, choices: Sequence[T]) -> T:
        """One of several, each as likely."""
        return choices[int(self.rng.integers(len(choices)))]

    def sometimes(self, probability: float, **options: Any) -> dict[str, Any]:
        """These options or none."""
        return options if self.chance(probability) else {}

    @property
    def size(self) -> int:
        """Values at the end."""
        return math.prod(self.dimensions)

    @property
    def is_map(self) -> bool:
        """Has it rows, columns and channels?"""
        return len(self.dimensions) == 3

    @property
    def is_vector(self) -> bool:
        """Has it one axis?"""
        return len(self.dimensions) == 1
