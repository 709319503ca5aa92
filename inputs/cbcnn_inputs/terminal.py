"""Prints tables for people that keep every number whole, however narrow the terminal.

Names wrap behind an underscore or a slash, texts between words. A number is never shortened and
never broken: if even the smallest widths of all columns do not fit beside each other, each row
becomes a paragraph. Output into a file or a pipe is as wide as it needs to be.
"""

from __future__ import annotations

import os
import re
import sys
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final, Literal

from rich.cells import cell_len, chop_cells
from rich.console import Console
from rich.text import Text

from cbcnn_inputs.errors import printable

_UNLIMITED: Final = 100_000
_GAP: Final = 2
"""Columns between two cells."""

_LONGEST_PART: Final = 12
"""Longest part of a name; longer ones break anywhere."""

_PARTS: Final = {"name": re.compile(r"[^_/]+[_/]*|[_/]+"), "text": re.compile(r"\S+\s*|\s+")}


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        title: wraps between words.
        kind: a `number` is right-aligned, all others left-aligned. A `number` and a `whole` never
            break, a `name` breaks between its parts, a `text` between words.
        footer: below all rows; "" for none.
    """

    title: str
    kind: Literal["number", "whole", "name", "text"] = "number"
    footer: str = ""


@dataclass(frozen=True)
class Cells:
    """The cells of a row, plain text, and rich's style for all of them."""

    cells: Sequence[str]
    style: str = ""


def open_console() -> Console:
    """Standard output, as wide as the terminal or the variable COLUMNS says, else unlimited."""
    limited = sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit()
    return Console(highlight=False, width=None if limited else _UNLIMITED)


def print_table(
    console: Console, columns: Sequence[Column], rows: Iterable[Cells], title: str = ""
) -> None:
    """Print rows below each other, or as paragraphs if the console is too narrow.

    Args:
        console: where to.
        columns: at least one.
        rows: a cell for each column.
        title: stands above.
    """
    footers = [column.footer for column in columns]
    rows = [
        Cells([printable(cell) for cell in row.cells], row.style)
        for row in (*rows, *([Cells(footers)] if any(footers) else []))
    ]
    if title:
        console.print(Text(printable(title), "italic"), soft_wrap=True)
    widths = _choose_widths(columns, rows, console.width)
    if widths is None:
        for row in rows:
            console.print(Text(_paragraph(columns, row, console.width), row.style), soft_wrap=True)
        return
    titles = [column.title for column in columns]
    if any(titles):
        for line in _lines(columns, titles, widths, is_title=True):
            console.print(Text(line, "bold"), soft_wrap=True)
    for row in rows:
        for line in _lines(columns, row.cells, widths):
            console.print(Text(line, row.style), soft_wrap=True)


def _choose_widths(
    columns: Sequence[Column], rows: Sequence[Cells], place: int
) -> list[int] | None:
    """Characters of each column, or None if the columns do not fit beside each other.

    Too wide rows lose characters where that hurts least: titles above numbers wrap first, then the
    widest names and texts.
    """
    smallest, widths = [], []
    for position, column in enumerate(columns):
        cells = [row.cells[position] for row in rows]
        least = [_smallest(column.title, "text"), *(_smallest(cell, column.kind) for cell in cells)]
        smallest.append(max(least))
        widths.append(max(map(cell_len, (column.title, *cells))))
    excess = sum(widths) + _GAP * (len(widths) - 1) - place
    while excess > 0:
        shrinkable = [i for i, width in enumerate(widths) if width > smallest[i]]
        if not shrinkable:
            return None
        chosen = max(shrinkable, key=lambda i: (columns[i].kind == "number", widths[i]))
        widths[chosen] -= 1
        excess -= 1
    return widths


def _paragraph(columns: Sequence[Column], row: Cells, width: int) -> str:
    """The first cell, and the others behind their titles."""
    named = (
        f"{column.title} {cell}".strip()
        for column, cell in zip(columns[1:], row.cells[1:], strict=True)
        if cell
    )
    text = f"{row.cells[0]}: {', '.join(named)}"
    return textwrap.fill(text, width, subsequent_indent="  ", break_on_hyphens=False)


def _lines(
    columns: Sequence[Column], row: Sequence[str], widths: Sequence[int], *, is_title: bool = False
) -> list[str]:
    """The lines of a row; shorter cells end at the last line of a title."""
    cells = [
        _wrap(cell, "text" if is_title else column.kind, width)
        for column, cell, width in zip(columns, row, widths, strict=True)
    ]
    height = max(map(len, cells))
    if is_title:
        cells = [[""] * (height - len(cell)) + cell for cell in cells]
    gap = " " * _GAP
    return [
        gap.join(map(_align, columns, parts, widths)).rstrip()
        for parts in zip_longest(*cells, fillvalue="")
    ]


def _align(column: Column, text: str, width: int) -> str:
    space = " " * (width - cell_len(text))
    return space + text if column.kind == "number" else text + space


def _parts(text: str, kind: str) -> list[str]:
    """Pieces between which the text may break."""
    pattern = _PARTS.get(kind)
    return [text] if pattern is None else pattern.findall(text)


def _smallest(text: str, kind: str) -> int:
    """Characters of the widest line, at least."""
    longest = max((cell_len(part.rstrip()) for part in _parts(text, kind)), default=0)
    return min(longest, _LONGEST_PART) if kind == "name" else longest


def _wrap(text: str, kind: str, width: int) -> list[str]:
    """Lines of at most `width` characters."""
    lines = [""]
    for part in _parts(text, kind):
        if lines[-1] and cell_len(lines[-1] + part.rstrip()) > width:
            lines.append("")
        first, *more = chop_cells(part, width) if cell_len(part.rstrip()) > width else [part]
        lines[-1] += first
        lines += more
    return [line.rstrip() for line in lines]
