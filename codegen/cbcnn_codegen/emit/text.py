"""C text: tables of numbers, strings, comments, calls. Every line as `.clang-format` wants it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

COLUMNS: Final = 100
_INDENT: Final = "    "
_LONGEST_COMMENT: Final = 60
_UNSAFE_IN_COMMENT: Final = re.compile(r"[^A-Za-z0-9_.,:+=() -]")
_MARKUP: Final = re.compile(r"[|`\[\]\\]|\*(?! )|(?<! )\*|(?<!\w)_+|_+(?!\w)")
_PLAIN_IN_STRING: Final = frozenset(range(0x20, 0x7F)) - frozenset(b'"\\?')


def comment_text(text: str) -> str:
    """Text from a model file for a comment: it cannot end the comment or continue the line."""
    safe = _UNSAFE_IN_COMMENT.sub("_", text)
    return safe if len(safe) <= _LONGEST_COMMENT else f"{safe[: _LONGEST_COMMENT - 3]}..."


def markdown_text(text: str) -> str:
    """Text that Markdown shows as it is, even with names from a model file in it.

    A star between spaces and an underscore between letters are no markup and stay alone.
    """
    plain = text.replace("&", "&amp;").replace("<", "&lt;")
    escaped = _MARKUP.sub(lambda markup: "".join(f"\\{sign}" for sign in markup[0]), plain)
    return "".join(
        character if character.isprintable() else repr(character)[1:-1] for character in escaped
    )


def string_literal(text: str) -> str:
    """Text from a model file as a C string of UTF-8, everything but plain ASCII as octal.

    Octal escapes end after three digits, so no following digit becomes part of them; escaped
    question marks make no trigraph. What UTF-8 cannot hold or a C string ends at becomes `?`.
    """
    octets = text.replace("\0", "?").encode("utf-8", errors="replace")
    return '"' + "".join(map(_character, octets)) + '"'


def _character(octet: int) -> str:
    return chr(octet) if octet in _PLAIN_IN_STRING else f"\\{octet:03o}"


def hex_rows(values: npt.NDArray[Any], bits: int) -> list[str]:
    """Unsigned words in hexadecimal, as many in a line as fit, twelve bytes at most."""
    digits, per_row = bits // 4, {8: 12, 16: 8, 32: 7, 64: 4}[bits]
    return _rows([f"0x{value:0{digits}x}U" for value in values.tolist()], per_row)


def decimal_rows(values: npt.NDArray[Any]) -> list[str]:
    """Integers in decimal, in columns of the width that the widest one needs."""
    texts = [_integer(value) for value in values.tolist()]
    width = max(map(len, texts))
    per_row = max((COLUMNS - len(_INDENT)) // (width + 2), 1)
    return _rows([text.rjust(width) for text in texts], per_row)


def float_rows(values: npt.NDArray[np.float32]) -> list[str]:
    """Floats in the shortest decimal form that gives the same float32."""
    return _rows([_float(value) for value in values], 4)


def _integer(value: int) -> str:
    """A C constant; those beyond 32 bits take a suffix so that C99 and C++ give them 64 bits."""
    return str(value) if abs(value) < 2**31 else f"INT64_C({value})"


def _float(value: np.float32) -> str:
    text = np.format_float_scientific(value, unique=True, trim="0")
    return f"{text}F"


def _rows(texts: Sequence[str], per_row: int) -> list[str]:
    starts = range(0, len(texts), per_row)
    return [", ".join(texts[start : start + per_row]) + "," for start in starts]


def format_call(head: str, arguments: Sequence[str], tail: str, indent: int = 0) -> str:
    """`head(arguments)tail` on one line if it fits, else one argument in a line."""
    line = f"{head}({', '.join(arguments)}){tail}"
    margin = " " * indent
    if len(margin) + len(line.partition("\n")[0]) <= COLUMNS:
        return margin + line
    inner = f",\n{margin}{_INDENT}".join(arguments)
    return f"{margin}{head}(\n{margin}{_INDENT}{inner}){tail}"


def format_assignment(target: str, value: str, indent: int) -> str:
    """`target = value`, the value in a line of its own when it does not fit."""
    margin = " " * indent
    line = f"{margin}{target} = {value}"
    return line if len(line) <= COLUMNS else f"{margin}{target} =\n{margin}{_INDENT}{value}"


def format_define(name: str, value: str) -> str:
    """`#define`, its value in a line of its own when it does not fit."""
    line = f"#define {name} {value}"
    return line if len(line) <= COLUMNS else f"#define {name} \\\n{_INDENT}{value}"
