"""Leaves out of the kernels' text what no kernel of a model uses.

A header serves several kernels, so few models need everything that is in it. Compilers report the
rest, and readers wonder at it. The kernels' own functions are not `static` here and always stay.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_COMMENT: Final = re.compile(r"/\*.*?\*/", re.DOTALL)
_NAME: Final = re.compile(r"\b[A-Za-z_]\w*")
_ATTACHED: Final = r"(?P<comment>^/\*(?:(?!\*/)[\s\S])*\*/\n)?"
_HELPER: Final = re.compile(
    _ATTACHED
    + r"(?P<item>^static (?:__attribute__\(\(\w+\)\) |[^;={}(])*?\b(?P<name>(?!__)\w+)\("
    + r"[^;={}]*\{\n[\s\S]*?^\}\n)(?P<end>\n|\Z)?",
    re.MULTILINE,
)
_MACRO: Final = re.compile(
    _ATTACHED + r"(?P<item>^#define (?P<name>\w+)(?:[^\n]*\\\n)*[^\n]*\n)(?P<end>\n|\Z)?",
    re.MULTILINE,
)
_EMPTY: Final = re.compile(_ATTACHED + r"^#if[^\n]*\n(?:\n*#else\n)?\n*#endif\n\n?", re.MULTILINE)


@dataclass(frozen=True)
class _Item:
    """A helper or macro: where it lies in the text, and its name."""

    name: str
    start: int
    end: int


def leave_out_unused(text: str) -> str:
    """Text of kernels without the static functions and macros that nothing in it uses."""
    while unused := _find_unused(text):
        for item in reversed(unused):
            text = text[: item.start] + text[item.end :]
        text = _EMPTY.sub("", text)
    return text


def _find_unused(text: str) -> list[_Item]:
    """Those that only their own text names, in the order of the text; none inside another."""
    items = sorted(_find_items(text), key=lambda item: item.start)
    outside = Counter(_names(text))
    for item in items:
        outside[item.name] -= _names(text[item.start : item.end]).count(item.name)
    return [item for item in items if not outside[item.name]]


def _find_items(text: str) -> Iterator[_Item]:
    for pattern in (_HELPER, _MACRO):
        for match in pattern.finditer(text):
            # A comment above several lines is about all of them.
            alone = match["end"] is not None
            start = match.start() if alone else match.start("item")
            yield _Item(match["name"], start, match.end())


def _names(text: str) -> list[str]:
    return _NAME.findall(_COMMENT.sub("", text))
