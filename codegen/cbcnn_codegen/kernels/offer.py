"""A kernel's answer: all facts for the plan and the C about one way to compute a site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy.typing as npt

from cbcnn_codegen.kernels.site import Element, TypeSizes

Work: TypeAlias = Mapping[str, float]
"""How many of each piece of work, whose price a target knows. Pieces follow the loops of the C: how
often a body runs, with the names that it has there."""


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

    def bytes(self, sizes: TypeSizes) -> int:
        """Size in flash."""
        return len(self.values) * sizes.item_bytes(self.element)


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
    """Memory that a kernel needs while it runs.

    Attributes:
        align: bytes that its address is a multiple of where those of an element are fewer.
    """

    element: Element
    items: int
    align: int = 1

    def bytes(self, sizes: TypeSizes) -> int:
        """Size in RAM."""
        return self.items * sizes.item_bytes(self.element)


@dataclass(frozen=True)
class ScoreFormat:
    """C type of the scores; a score is worth `score * 2**-fraction_bits`.

    Attributes:
        calls: how often the kernel is called, each time with as many of the values.
    """

    type: Literal["int8", "int32", "int64", "float"]
    fraction_bits: int
    calls: int = 1


@dataclass(frozen=True, eq=False)
class Offer:
    """A kernel for a site, and what it takes.

    Attributes:
        kernel: name of the file, and of the function after the prefix.
        struct: type of its descriptor, after the prefix.
        fields: the integers of the descriptor, in the order of the struct's members.
        tables: that the descriptor points to, behind the integers; None for a null pointer.
        work: what it does, in pieces that a target has a price for.
        code_bytes: the text section that `arm-none-eabi-gcc -Os` makes of its file for a Cortex-M4;
            a test compiles it again.
        products: of weights with signs or pixels, for one image. What the kernel leaves out because
            a pooled channel has fired already is counted.
        scratch: memory that it needs while it runs; None for none.
        leads: for each source the bytes by which the output has to start before it, if the two
            overlap at all; None where they must not. See `overlap.py`.
        joins: whether the kernel takes a second map: a null pointer where the site has none.
        scores: of a kernel that makes what the network puts out, which has no leads: that lies
            elsewhere.
    """

    kernel: str
    struct: str
    fields: tuple[Field, ...]
    tables: tuple[Table | None, ...]
    work: Work
    code_bytes: int
    products: int = 0
    scratch: Scratch | None = None
    leads: tuple[int | None, ...] = ()
    joins: bool = False
    scores: ScoreFormat | None = None

    def constants_bytes(self, sizes: TypeSizes) -> int:
        """Flash for the descriptor and all tables, padding between members left out."""
        tables = sum(table.bytes(sizes) for table in self.tables if table is not None)
        descriptor = 4 * sum(field.size for field in self.fields)
        return tables + descriptor + sizes.pointer_bytes * len(self.tables)

    def weights_bytes(self, sizes: TypeSizes) -> int:
        """Flash for the weights, which are part of the constants."""
        tables = [table for table in self.tables if table is not None and table.role == "weights"]
        return sum(table.bytes(sizes) for table in tables)

    def scratch_bytes(self, sizes: TypeSizes) -> int:
        """RAM that it needs while it runs."""
        return 0 if self.scratch is None else self.scratch.bytes(sizes)
