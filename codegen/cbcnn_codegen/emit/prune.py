"""Leaves out of the kernels' text what no kernel of a model uses.

A header serves several kernels, so few models need everything that is in it. Compilers report the
rest, and readers wonder at it. The kernels' own functions are not `static` here and always stay.

What only a branch of a condition uses stays too, because the compiler takes the branch: assembly
for one, C for another. `find_conditional` names the functions that some compiler has no use for.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
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
_CONDITION: Final = re.compile(r"^#(if|el|endif)\w*(?: (\w+)$)?[^\n]*\n", re.MULTILINE)
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


def find_conditional(text: str) -> frozenset[str]:
    """Names of the static functions that only branches of conditions use."""
    blank = _COMMENT.sub(lambda comment: " " * len(comment[0]), text)
    branches = list(_find_branches(blank))
    helpers = [_Item(match["name"], *match.span("item")) for match in _HELPER.finditer(text)]
    places = _find_places(blank)
    uses = {
        helper.name: [at for at in places[helper.name] if not helper.start <= at < helper.end]
        for helper in helpers
    }
    found: set[str] = set()
    while True:
        conditional = [*branches, *(helper for helper in helpers if helper.name in found)]
        more = {
            helper.name
            for helper in helpers
            if all(_is_apart(use, helper, conditional) for use in uses[helper.name])
        }
        if more == found:
            return frozenset(found)
        found = more


def _find_branches(text: str) -> Iterator[_Item]:
    """What lies between an `#if` and the `#else`, `#elif` or `#endif` that ends it.

    Except where every compiler takes it: behind `#ifndef` of a macro that the text never defines.
    """
    starts: list[int | None] = []
    for match in _CONDITION.finditer(text):
        if match[1] != "if" and (start := starts.pop()) is not None:
            yield _Item("", start, match.start())
        if match[1] != "endif":
            always = match[0].startswith("#ifndef") and f"#define {match[2]}\n" not in text
            starts.append(None if always else match.end())


def _find_places(text: str) -> dict[str, list[int]]:
    """Where each name stands; one pass, because a kernel's text has dozens of helpers."""
    places: dict[str, list[int]] = defaultdict(list)
    for match in _NAME.finditer(text):
        places[match[0]].append(match.start())
    return places


def _is_apart(place: int, helper: _Item, parts: list[_Item]) -> bool:
    """Whether one of the parts holds the place and not the helper."""
    return any(
        part.start <= place < part.end and not part.start <= helper.start < part.end
        for part in parts
    )


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
