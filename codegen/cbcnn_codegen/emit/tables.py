"""Tables and descriptors as lines of C."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

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
    """All tables in the order of the layers, then those of the scores."""
    return [
        _view_table(plan, table, title, name)
        for suffix, title, offer in _parts(plan)
        for table, name in zip(offer.tables, _table_names(suffix, offer), strict=True)
        if table is not None
    ]


def view_descriptors(plan: Plan) -> list[DescriptorView]:
    """One for each layer, then that of the scores."""
    prefix = plan.options.name
    views = []
    for suffix, _, offer in _parts(plan):
        pairs = zip(offer.tables, _table_names(suffix, offer), strict=True)
        pointers = ["NULL" if table is None else f"{prefix}_{name}" for table, name in pairs]
        rows = [*field_rows(offer.fields), *(f"{_INDENT}{pointer}," for pointer in pointers)]
        name = "scores" if suffix is None else f"layer_{suffix}"
        views.append(DescriptorView(offer.struct, name, rows))
    return views


def _parts(plan: Plan) -> Iterator[tuple[int | None, str, Offer]]:
    """Each layer: its index, which the scores have none of, its name, and what computes it."""
    for step in plan.steps:
        yield step.index, step.name, step.offer
    yield None, plan.scores.site.op.name, plan.scores.offer


def _table_names(index: int | None, offer: Offer) -> list[str]:
    """A name for each table, "" for those that are missing."""
    roles = ["" if table is None else table.role for table in offer.tables]
    return [f"score_{role}" if index is None else f"{role}_{index}" for role in roles]


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
