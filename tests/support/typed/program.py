"""A functional model while it is typed: lines of Python, and what the names in them stand for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

import numpy as np

from support.typed.call import Call, Name, source

T = TypeVar("T")
Size = tuple[int, int, int]


class Value(NamedTuple):
    """A map that a name stands for.

    Attributes:
        size: rows, columns and channels.
        kind: "image", "reals" or "signs".
    """

    name: str
    size: Size
    kind: str = "reals"

    @property
    def channels(self) -> int:
        """Channels of the map."""
        return self.size[-1]

    def __str__(self) -> str:
        return self.name


@dataclass
class Program:
    """Lines so far, run in a module with larq, tf, keras and layers; `values` are its maps."""

    rng: np.random.Generator
    lines: list[str] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)
    _count: int = 0

    def line(self, expression: object, wanted: str = "x") -> str:
        """Give an expression a name of its own."""
        self._count += 1
        name = f"{wanted}{self._count}"
        self.lines.append(f"{name} = {expression}")
        return name

    def apply(
        self,
        function: str,
        arguments: Sequence[Any],
        options: Mapping[str, Any],
        value: Value,
        size: Size | None = None,
        kind: str = "reals",
    ) -> Value:
        """Call a layer with a value."""
        call = Call(function, tuple(arguments), options)
        return self._made(Value(self.line(f"{call}({value})"), size or value.size, kind))

    def join(self, expression: str, size: Size, kind: str = "reals") -> Value:
        """An expression of several values."""
        return self._made(Value(self.line(expression), size, kind))

    def _made(self, value: Value) -> Value:
        self.values.append(value)
        return value

    @contextmanager
    def inside(self, value: Value) -> Iterator[Value]:
        """An input like `value` of a model of its own, whose values the other cannot put out."""
        outer = [*self.values]
        line = self.line(f"keras.Input({value.size})", "inside")
        yield Value(line, value.size, value.kind)
        self.values = outer

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return bool(self.rng.random() < probability)

    def pick(self, choices: Sequence[T]) -> T:
        """One of several, each as likely."""
        return choices[int(self.rng.integers(len(choices)))]

    def sometimes(self, probability: float, **options: Any) -> dict[str, Any]:
        """These options or none."""
        return options if self.chance(probability) else {}


__all__ = ["Call", "Name", "Program", "Size", "Value", "source"]
