"""Tables and descriptors as lines of C."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy.typing as npt

from cbcnn_codegen.emit.text import comment_text, decimal_rows, float_rows, hex_rows
from cbcnn_codegen.plan import Field, Plan, Table

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
    """All tables in the order of the layers."""
    views = [
        _view_table(plan, table, step.layer.index, step.layer.op.name)
        for step in plan.steps
        for table in step.tables
        if table is not None
    ]
    scores = plan.scores
    return views + [_view_table(plan, table, None, scores.op.name) for table in scores.tables]


def view_descriptors(plan: Plan) -> list[DescriptorView]:
    """One for each layer, then that of the scores."""
    prefix = plan.options.name
    views = []
    for step in plan.steps:
        index = step.layer.index
        pointers = [
            "NULL" if table is None else f"{prefix}_{_table_name(table, index)}"
            for table in step.tables
        ]
        rows = [*_field_rows(step.fields), *(f"{_INDENT}{name}," for name in pointers)]
        views.append(DescriptorView(step.struct, f"layer_{index}", rows))
    score_rows = [f"{_INDENT}{plan.scores.classes},"]
    score_rows += [f"{_INDENT}{prefix}_{_table_name(table, None)}," for table in plan.scores.tables]
    return [*views, DescriptorView(plan.scores.struct, "scores", score_rows)]


def _table_name(table: Table, index: int | None) -> str:
    return f"score_{table.role}" if index is None else f"{table.role}_{index}"


def _view_table(plan: Plan, table: Table, index: int | None, layer: str) -> TableView:
    return TableView(
        comment=f"{comment_text(layer)}: {table.role}, {table.shape}",
        type=_c_type(plan, table),
        name=_table_name(table, index),
        bytes=plan.table_bytes(table),
        rows=[_INDENT + row for row in _rows(plan, table)],
    )


def _c_type(plan: Plan, table: Table) -> str:
    prefix = plan.options.name
    return {
        "word": f"{prefix}_word_t",
        "threshold": f"{prefix}_threshold_t",
        "pattern": "uint8_t",
        "u8": "uint8_t",
        "u32": "uint32_t",
        "int32": "int32_t",
        "int64": "int64_t",
        "float": "float",
    }[table.element]


def _rows(plan: Plan, table: Table) -> list[str]:
    values: npt.NDArray[Any] = table.values
    if table.element == "word":
        return hex_rows(values, plan.format.word_bits)
    if table.element == "u32":
        return hex_rows(values, 32)
    if table.element == "pattern":
        return hex_rows(values, 8)
    if table.element == "float":
        return float_rows(values)
    return decimal_rows(values)


def _field_rows(fields: tuple[Field, ...], depth: int = 1) -> Iterator[str]:
    """One line for each member that is a number or a struct of numbers."""
    margin = _INDENT * depth
    for field in fields:
        if field.members:
            yield f"{margin}{{"
            yield from _field_rows(field.members, depth + 1)
            yield f"{margin}}},"
        else:
            values = ", ".join(map(str, field.values))
            shown = f"{{{values}}}," if len(field.values) > 1 else f"{values},"
            yield f"{margin}{shown} /* {field.comment} */"
