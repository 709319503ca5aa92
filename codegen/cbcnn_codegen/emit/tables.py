"""Tables and descriptors as lines of C."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy.typing as npt

from cbcnn_codegen.emit.text import comment_text, decimal_rows, float_rows, hex_rows
from cbcnn_codegen.kernels import Field, Offer, Table
from cbcnn_codegen.plan import Plan

_INDENT: Final = "    "


@dataclass(frozen=True)
class TableView:
    """A table of constants; `name` without the prefix."""

    comment: str
    type: str
    name: str
    bytes: int
    rows: list[str]


@dataclass(frozen=True)
class DescriptorView:
    """A descriptor; `name` and `struct` without the prefix."""

    struct: str
    name: str
    rows: list[str]


def view_tables(plan: Plan) -> list[TableView]:
    """All tables in the order of the layers, then those of the outputs."""
    return [
        _view_table(plan, table, part.title, name)
        for part in _parts(plan)
        for table, name in zip(part.offer.tables, _table_names(part), strict=True)
        if table is not None
    ]


def view_descriptors(plan: Plan) -> list[DescriptorView]:
    """One for each layer, then one for each output."""
    prefix = plan.options.name
    views = []
    for part in _parts(plan):
        offer = part.offer
        pairs = zip(offer.tables, _table_names(part), strict=True)
        pointers = ["NULL" if table is None else f"{prefix}_{name}" for table, name in pairs]
        rows = [*field_rows(offer.fields), *(f"{_INDENT}{pointer}," for pointer in pointers)]
        views.append(DescriptorView(offer.struct, part.name, rows))
    return views


class _Part(NamedTuple):
    """What has a descriptor.

    Attributes:
        name: of the descriptor.
        tables: how a table is called, with its role for the braces.
        title: of the operation.
    """

    name: str
    tables: str
    title: str
    offer: Offer


def _parts(plan: Plan) -> Iterator[_Part]:
    """Each layer, and each output."""
    for step in plan.steps:
        yield _Part(f"layer_{step.index}", f"{{}}_{step.index}", step.name, step.offer)
    for index, output in enumerate(plan.outputs):
        name, tables = f"output_{index}", f"output_{index}_{{}}"
        if plan.graph.has_classes:
            name, tables = "scores", "score_{}"
        yield _Part(name, tables, output.site.op.name, output.offer)


def _table_names(part: _Part) -> list[str]:
    """A name for each table, that of nothing for those that are missing."""
    roles = ["" if table is None else table.role for table in part.offer.tables]
    return [part.tables.format(role) for role in roles]


def _view_table(plan: Plan, table: Table, title: str, name: str) -> TableView:
    return TableView(
        comment=f"{comment_text(title)}: {table.role}, {table.shape}",
        type=_c_type(plan, table),
        name=name,
        bytes=table.bytes(plan.sizes),
        rows=[_INDENT + row for row in _rows(plan, table)],
    )


def _c_type(plan: Plan, table: Table) -> str:
    prefix = plan.options.name
    space = f"{prefix.upper()}_TABLE " if plan.target.table_spaces else ""
    return (
        space
        + {
            "word": f"{prefix}_word_t",
            "threshold": f"{prefix}_threshold_t",
            "pattern": "uint8_t",
            "u8": "uint8_t",
            "u32": "uint32_t",
            "int8": "int8_t",
            "int16": "int16_t",
            "int32": "int32_t",
            "int64": "int64_t",
            "float": "float",
        }[table.element]
    )


def _rows(plan: Plan, table: Table) -> list[str]:
    values: npt.NDArray[Any] = table.values
    if table.element == "word":
        return hex_rows(values, plan.sizes.word_bits)
    if table.element == "u32":
        return hex_rows(values, 32)
    if table.element == "pattern":
        return hex_rows(values, 8)
    if table.element == "float":
        return float_rows(values)
    return decimal_rows(values)


def field_rows(fields: tuple[Field, ...], depth: int = 1) -> Iterator[str]:
    """One line for each member that is a number or a struct of numbers."""
    margin = _INDENT * depth
    for field in fields:
        if field.members:
            yield f"{margin}{{"
            yield from field_rows(field.members, depth + 1)
            yield f"{margin}}},"
        else:
            values = ", ".join(map(str, field.values))
            shown = f"{{{values}}}," if len(field.values) > 1 else f"{values},"
            comment = f" /* {field.comment} */" if field.comment else ""
            yield f"{margin}{shown}{comment}"
