"""The chain of operations, its invariants and its text."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from cbcnn_codegen.ir.ops import Input, Map, Op
from cbcnn_codegen.ir.shapes import infer_map
from cbcnn_inputs.answers import class_count
from cbcnn_inputs.metadata import ImageCompression


@dataclass(frozen=True, eq=False)
class Graph:
    """A chain of operations from one image to class scores.

    Attributes:
        name: of the model, free text.
        input: the image.
        ops: in order; each reads what the one before it makes.
        preprocessing: the Image Compression Block in front, or None.
        class_names: one per class; empty when unknown.
        knife_edges: operation name to the channels whose flip point depends on float rounding.
    """

    name: str
    input: Input
    ops: tuple[Op, ...]
    preprocessing: ImageCompression | None = None
    class_names: tuple[str, ...] = ()
    knife_edges: tuple[tuple[str, tuple[int, ...]], ...] = ()

    def with_ops(self, ops: tuple[Op, ...]) -> Graph:
        """The same graph with other operations."""
        return replace(self, ops=ops)

    def free_name(self, wanted: str) -> str:
        """A name for one more operation: `wanted` unless another one has it."""
        return free_name(wanted, [op.name for op in self.ops])

    def maps(self) -> tuple[Map, ...]:
        """What flows: the input's map, then the output map of each operation.

        Raises:
            ValueError: an operation cannot read what the one before it makes.
        """
        current = Map(self.input.shape, "plane")
        result = [current]
        for op in self.ops:
            current = infer_map(op, current)
            result.append(current)
        return tuple(result)

    @property
    def classes(self) -> int:
        """How many classes the scores at the end tell apart."""
        return class_count(self.maps()[-1].shape.size)

    def check(self) -> None:
        """Demand the invariants: shapes that meet, weights of -1/+1, one pair of scores at the end.

        Raises:
            ValueError: one is broken; that is a defect of the tool, not of the model.
        """
        names = [op.name for op in self.ops]
        if len(set(names)) != len(names):
            raise ValueError(f"operation names repeat: {names}")
        for op in self.ops:
            weights = getattr(op, "weights", None)
            if weights is not None and not np.isin(weights, (-1, 1)).all():
                raise ValueError(f"{op.name}: weights other than -1 and +1")
        if self.class_names and self.classes != len(self.class_names):
            raise ValueError(f"{len(self.class_names)} class names for {self.classes} classes")

    def __str__(self) -> str:
        """Stable text: the same graph gives the same text, another graph another one."""
        return "\n".join([f"graph {self.name!r}", *(f"  {line}" for line in self._lines())])

    def _lines(self) -> Iterator[str]:
        yield _format(self.input)
        for op, output in zip(self.ops, self.maps()[1:], strict=True):
            yield f"{_format(op)} -> {output.kind} {'x'.join(map(str, output.shape))}"


def free_name(wanted: str, taken: Collection[str]) -> str:
    """`wanted`, with a number behind it where the name is taken."""
    numbered = (f"{wanted}_{number}" for number in itertools.count(2))
    return next(name for name in itertools.chain([wanted], numbered) if name not in taken)


def _format(item: Input | Op) -> str:
    values = (f"{field.name}={_text(getattr(item, field.name))}" for field in fields(item))
    return f"{type(item).__name__}({', '.join(values)})"


def _text(value: Any) -> str:
    """Arrays print as shape and digest, so that the text stays short and still tells them apart."""
    if isinstance(value, np.ndarray):
        digest = hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()[:12]
        return f"{value.dtype}{list(value.shape)}#{digest}"
    return repr(value)
