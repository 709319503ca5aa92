"""Shapes of a picture in SVG, tables beside it, and how numbers are written there.

Coordinates are in pixels of a picture `WIDTH` wide, which is the width of a phone's column: letters
have the same size on every screen.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cbcnn_inputs.errors import printable

WIDTH: Final = 340
"""Pixels of every picture."""

_ELLIPSIS: Final = "…"
_WIDE: Final = ("W", "F")


@dataclass(frozen=True)
class Box:
    """A rectangle; `tip` is shown beside the pointer and read aloud, "" for none."""

    x: str
    y: str
    width: str
    height: str
    style: str
    tip: str


@dataclass(frozen=True)
class Stroke:
    """A line, as SVG's path data."""

    path: str
    style: str


@dataclass(frozen=True)
class Label:
    """A text; `style` says where it is anchored, and in which size."""

    x: str
    y: str
    text: str
    style: str


@dataclass(frozen=True)
class Picture:
    """A picture: boxes, strokes over them, labels over all.

    Attributes:
        name: of the picture in the page.
        title: what it shows, in a few words.
        description: what a reader sees in it.
    """

    name: str
    title: str
    description: str
    width: str
    height: str
    boxes: tuple[Box, ...]
    strokes: tuple[Stroke, ...]
    labels: tuple[Label, ...]


@dataclass(frozen=True)
class PageCell:
    """A cell of a table; `style` is "number" or "text"."""

    text: str
    style: str


@dataclass(frozen=True)
class PageTable:
    """A table; the first cell of a row is its heading.

    Attributes:
        name: of the table in the page.
        is_long: whether it is folded away until somebody opens it.
    """

    name: str
    caption: str
    head: tuple[PageCell, ...]
    rows: tuple[PageRow, ...]
    is_long: bool


@dataclass(frozen=True)
class PageRow:
    """A row of a table."""

    heading: str
    cells: tuple[PageCell, ...]


def box(x: float, y: float, width: float, height: float, style: str, tip: str = "") -> Box:
    """A rectangle from its upper left corner."""
    return Box(pixels(x), pixels(y), pixels(width), pixels(height), style, tip)


def label(x: float, y: float, text: str, style: str = "") -> Label:
    """A text on the line y."""
    return Label(pixels(x), pixels(y), text, style)


def line(points: Sequence[tuple[float, float]], style: str) -> Stroke:
    """A line from point to point."""
    return Stroke("M" + "L".join(f"{pixels(x)} {pixels(y)}" for x, y in points), style)


def picture(
    name: str,
    title: str,
    description: str,
    height: float,
    *,
    boxes: Sequence[Box] = (),
    strokes: Sequence[Stroke] = (),
    labels: Sequence[Label] = (),
    width: float = WIDTH,
) -> Picture:
    """A picture of shapes."""
    size = pixels(width), pixels(height)
    return Picture(name, title, description, *size, tuple(boxes), tuple(strokes), tuple(labels))


def page_table(
    name: str,
    caption: str,
    head: str,
    rows: Sequence[Sequence[str | int]],
    *,
    is_long: bool = False,
) -> PageTable:
    """A table of texts and numbers.

    Args:
        name: of the table in the page.
        caption: above it.
        head: headings of the columns, separated by `|`.
        rows: cells; integers are set as numbers, and so is their column's heading.
        is_long: see `PageTable`.
    """
    titles = head.split("|")
    styles = ["number" if rows and _is_number(cell) else "text" for cell in (rows or [titles])[0]]
    return PageTable(
        name,
        caption,
        tuple(map(PageCell, titles, styles)),
        tuple(
            PageRow(_cell(first), tuple(map(PageCell, map(_cell, rest), styles[1:])))
            for first, *rest in rows
        ),
        is_long,
    )


def _is_number(cell: str | int) -> bool:
    return isinstance(cell, int) or cell[:1].isdigit()


def _cell(cell: str | int) -> str:
    return count(cell) if isinstance(cell, int) else cell


def count(number: int) -> str:
    """An integer with commas."""
    return f"{number:,}"


def short(number: int) -> str:
    """An integer in at most five signs: 812, 12.3 K, 4.56 M."""
    for limit, unit in ((1_000_000_000, "G"), (1_000_000, "M"), (10_000, "K")):
        if number >= limit:
            scaled = number / (1000 if unit == "K" else limit)
            return f"{scaled:.{2 if scaled < 10 else 1 if scaled < 100 else 0}f} {unit}"
    return count(number)


def percent(fraction: float) -> str:
    """A fraction with two digits behind its point."""
    return f"{fraction:.2%}".replace("%", " %")


def fitted(text: str, letters: int) -> str:
    """A text that takes the room of so many letters at most; its end gives way."""
    shown, room = "", letters
    for character in printable(text):
        room -= 2 if unicodedata.east_asian_width(character) in _WIDE else 1
        if room < 0:
            return shown[:-1] + _ELLIPSIS
        shown += character
    return shown


def pixels(value: float) -> str:
    """A coordinate, to a hundredth of a pixel."""
    return f"{round(value, 2):g}" if abs(value) < 10_000 else f"{value:.0f}"
