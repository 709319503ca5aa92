"""What a model calls an output, and how it sees it."""

from __future__ import annotations

import math
from typing import NamedTuple

from cbcnn_codegen.ir.values import Shape


class OutputForm(NamedTuple):
    """What a model calls an output, and how it sees it.

    Attributes:
        name: of the layer that makes it.
        dimensions: as Keras sees one value, without the batch.
    """

    name: str
    dimensions: tuple[int, ...]

    @property
    def size(self) -> int:
        """Number of its values."""
        return math.prod(self.dimensions)

    @property
    def is_map(self) -> bool:
        """Whether it has places: more values than channels. A map of one place is a vector."""
        return self.size > self.dimensions[-1]

    @classmethod
    def of_map(cls, name: str, shape: Shape) -> OutputForm:
        """That of a value of a graph; a map of one place is a vector."""
        is_vector = shape.height * shape.width == 1
        return cls(name, (shape.channels,) if is_vector else tuple(shape))

    def __str__(self) -> str:
        return f"{self.name} {'x'.join(map(str, self.dimensions))}"
