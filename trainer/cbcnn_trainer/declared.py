"""Declares each setting once, as a field of a dataclass whose annotation says what it takes.

`setting` adds the range and the help to a field, and `declared` reads the fields. Its result makes
the options of the command line, their help and the check of every value.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple, get_args, get_origin, get_type_hints

import click

from cbcnn_inputs.errors import DataError

_LARGEST: Final = (1 << 32) - 1


class Range(NamedTuple):
    """The numbers from `low` to `high`, without `low` itself where `above`."""

    low: float = 0
    high: float = _LARGEST
    above: bool = False

    def has(self, number: float) -> bool:
        """Whether it is one of them."""
        return self.low <= number <= self.high and not (self.above and number == self.low)

    def __str__(self) -> str:
        start = f"{'more than' if self.above else 'from'} {self.low:g}"
        return start if self.high == _LARGEST else f"{start} up to {self.high:g}"


_ANY: Final = Range()


@dataclass(frozen=True)
class Setting:
    """One declared setting: words, numbers in a range, a list of such numbers, a size or a text.

    Attributes:
        words: what may be typed and what it stands for: names, signs, true and false.
        number: which numbers it takes, None for no numbers.
        is_list: whether it takes any number of numbers.
        is_size: whether it takes a width and a height, typed as 32x32.
        is_text: whether it takes any text.
    """

    name: str
    group: str
    help: str
    words: Mapping[str, Any]
    number: type[int] | type[float] | None
    range: Range
    is_list: bool = False
    is_size: bool = False
    is_text: bool = False

    def accept(self, value: Any) -> Any:
        """The value in the form in which settings hold it: equal settings have equal text.

        Raises:
            DataError: it does not fit.
        """
        try:
            return self._accept(value)
        except ValueError:
            raise DataError(
                f"option {self.name} does not fit", found=repr(value), allowed=self.allowed
            ) from None

    def _accept(self, value: Any) -> Any:
        if self.is_size and isinstance(value, str):
            value = [int(side) if side.isdecimal() else side for side in value.lower().split("x")]
        if self.is_size and len(value if isinstance(value, list | tuple) else ()) != 2:
            raise ValueError(value)
        if not self.is_list and not self.is_size:
            return self._accept_one(value)
        if not isinstance(value, list | tuple):
            raise ValueError(value)
        return tuple(self._accept_one(item) for item in value)

    def _accept_one(self, value: Any) -> Any:
        if any(value == word and type(value) is type(word) for word in self.words.values()):
            return value
        if self.is_text and isinstance(value, str) and value:
            return value
        known = (int,) if self.number is int else (int, float)
        if self.number and type(value) in known and math.isfinite(value) and self.range.has(value):
            return self.number(value)
        raise ValueError(value)

    def parse(self, text: str) -> Any:
        """The value that a text on the command line means; no text or "none" is an empty list."""
        try:
            if self.is_list and text == "none":
                return ()
            if self.is_list:
                return self._accept([int(part) for part in text.split(",") if part.strip()])
            if self.is_size or self.is_text:
                return self._accept(self.words.get(text, text))
            number = self.number or int
            if text in self.words:
                return self.words[text]
            share = number is float and text.endswith("%")
            return self._accept(float(text[:-1]) / 100 if share else number(text))
        except ValueError:
            raise click.BadParameter(f"{text!r} is not {self.allowed}") from None

    @property
    def allowed(self) -> str:
        """What fits, in words."""
        if self.is_list:
            return f"a list of integers {self.range}, one for each block"
        if self.is_size:
            return f"a width and a height {self.range}, such as 32x32"
        if self.is_text:
            return ", ".join(["a text", *self.words])
        kind = "an integer" if self.number is int else "a number"
        known = [*([f"{kind} {self.range}"] if self.number else []), *self.words]
        return " or ".join(known) if len(known) == 2 else ", ".join(known)

    def option(self, default: Any) -> click.Option:
        """What it is on the command line, where None stands for not given."""
        name = self.name.replace("_", "-")
        is_flag = set(self.words.values()) == {False, True}
        shown = f"{'' if default else 'no-'}{name}" if is_flag else self.show(default)
        limits = f"; {self.range}" if self.number and not self.is_list else ""
        text = f"{self.help}  [default: {shown}{limits}]"
        if is_flag:
            return click.Option([f"--{name}/--no-{name}"], default=None, help=text)
        if self.number is None and all(isinstance(word, str) for word in self.words.values()):
            return click.Option([f"--{name}"], type=click.Choice([*self.words]), help=text)
        number = ["INTEGER" if self.number is int else "NUMBER"] if self.number else []
        metavar = "|".join([*number, *(["TEXT"] if self.is_text else []), *self.words])
        if self.is_list or self.is_size:
            metavar = "N,N,…" if self.is_list else "WIDTHxHEIGHT"
        return click.Option([f"--{name}"], type=self.parse, metavar=metavar, help=text)

    def show(self, value: Any) -> str:
        """The text that means this value on the command line."""
        if self.is_size:
            return "x".join(map(str, value))
        if isinstance(value, tuple):
            return ",".join(map(str, value)) or "none"
        named = (text for text, word in self.words.items() if word == value)
        return next(named, f"{value:g}" if isinstance(value, float) else str(value))


def setting(
    group: str,
    help: str,
    default: Any = dataclasses.MISSING,
    limits: Range = _ANY,
    words: Mapping[str, Any] | None = None,
) -> Any:
    """A field that is a setting.

    Args:
        group: title under which the help shows it.
        help: what it does.
        default: value where neither a recipe nor the user gives one.
        limits: which numbers it takes.
        words: that it takes besides those of its annotation.
    """
    metadata = {"group": group, "help": help, "range": limits, "words": words or {}}
    return dataclasses.field(default=default, metadata=metadata)


def declared(*classes: type[Any]) -> Mapping[str, Setting]:
    """All settings of some dataclasses, by name, in the order in which they stand there."""
    found = {}
    for owner in classes:
        hints = get_type_hints(owner)
        for field in dataclasses.fields(owner):
            if field.metadata:
                found[field.name] = _read(field.name, hints[field.name], field.metadata)
    return found


def _read(name: str, hint: Any, metadata: Mapping[str, Any]) -> Setting:
    """The setting of an annotation.

    It is a bool, numbers, literals, a text, any number of integers, two of them, or a union.
    """
    is_tuple = get_origin(hint) is tuple
    is_list = is_tuple and Ellipsis in get_args(hint)
    parts = (hint,) if get_origin(hint) in (None, Literal, tuple) else get_args(hint)
    literals = [word for part in parts if get_origin(part) is Literal for word in get_args(part)]
    words = {f"{word:+}" if isinstance(word, int) else word: word for word in literals}
    if hint is bool:
        words = {"true": True, "false": False}
    number = int if is_tuple else next((part for part in parts if part in (int, float)), None)
    others = {**metadata, "words": {**words, **metadata["words"]}}
    return Setting(
        name,
        number=number,
        is_list=is_list,
        is_size=is_tuple and not is_list,
        is_text=str in parts
        and not any(isinstance(word, str) for word in others["words"].values()),
        **others,
    )
