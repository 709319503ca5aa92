"""Checks of the plain values that a layer of a model file may have.

A check takes a value of the JSON and returns the value for the layer: None, true or false, a
bounded integer, a finite number, one of a few words, or a tuple of these. Nothing else reaches
Keras.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from cbcnn_inputs.model_files.limits import MAX_DIMENSION, MAX_NAME_LENGTH

Check = Callable[[Any], Any]

MAX_AXES: Final = 8
_LARGEST_SEED: Final = 1 << 64


class Unfit(Exception):  # noqa: N818 - it says what a value is
    """A value that is not allowed.

    Attributes:
        allowed: in words.
        found: the part of the value at fault, if it is not all of it.
    """

    def __init__(self, allowed: str, found: str | None = None) -> None:
        super().__init__(allowed)
        self.allowed = allowed
        self.found = found


class Unknown(Unfit):
    """An object that is on no list, so only its own code could say what it does."""


def flag(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise Unfit("true or false")
    return value


def size(value: Any) -> int:
    """A count: filters, units, one axis of a kernel."""
    return _integer(value, 1, MAX_DIMENSION)


def number(value: Any) -> float:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unfit("a number")
    try:
        result = float(value)
    except OverflowError:
        result = math.inf
    if not math.isfinite(result):
        raise Unfit("a finite number")
    return result


def name(value: Any) -> str:
    """The name of a layer."""
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_NAME_LENGTH:
        raise Unfit(f"a name of 1 to {MAX_NAME_LENGTH} characters")
    return value


def seed(value: Any) -> None:
    """The start of random numbers; nothing here draws any."""
    if value is not None:
        _integer(value, -_LARGEST_SEED, _LARGEST_SEED)


def axis(value: Any) -> Any:
    """One axis, or several."""
    return _one_or_more(value, lambda item: _integer(item, -MAX_AXES, MAX_AXES))


def place(value: Any) -> int:
    """A place along an axis, or a step; from its end if negative."""
    return _integer(value, -MAX_DIMENSION, MAX_DIMENSION)


def sizes(value: Any) -> Any:
    """A count for each axis, or one for all."""
    return _one_or_more(value, size)


def numbers(value: Any) -> Any:
    """A number, or one for each channel."""
    return _one_or_more(value, number, longest=MAX_DIMENSION)


def margins(value: Any) -> Any:
    """Rows and columns beside a map: one number, one for each axis, or two for each axis."""

    def margin(item: Any) -> int:
        return _integer(item, 0, MAX_DIMENSION)

    return _one_or_more(value, lambda item: _one_or_more(item, margin))


def target_shape(value: Any) -> tuple[int, ...]:
    """Sizes of axes, -1 for the one that takes what is left."""

    def axis_size(item: Any) -> int:
        return -1 if type(item) is int and item == -1 else size(item)

    return _all_of(value, axis_size)


def shapes(value: Any) -> tuple[tuple[int, ...], ...]:
    """Shapes of arrays; an empty one is that of a single number."""
    return _all_of(value, lambda item: () if item == [] else _all_of(item, size))


def batch_shape(value: Any) -> tuple[int | None, ...]:
    """The shape of an input, any number of images; None for axes of any size."""
    shape = _all_of(value, optional(size))
    if len(shape) < 2:
        raise Unfit("an input of images or vectors")
    return (None, *shape[1:])


def optional(check: Check) -> Check:
    """None, or what `check` allows."""
    return lambda value: None if value is None else check(value)


def word(*words: str) -> Check:
    """One of `words`."""

    def check(value: Any) -> str:
        if not isinstance(value, str) or value not in words:
            raise Unfit(" or ".join(words))
        return value

    return check


def words(*known: str) -> Check:
    """A list of some of `known`."""
    return lambda value: _all_of(value, word(*known))


def unused(*meanings: Any) -> Check:
    """An option whose value must say that it is not used."""

    def check(value: Any) -> None:
        if not any(value is meaning for meaning in meanings):
            raise Unfit(" or ".join(map(repr, meanings)))

    return check


def left_out(check: Check) -> Check:
    """What `check` allows, of an option that does nothing once a model is trained."""

    def check_only(value: Any) -> None:
        check(value)

    return check_only


def _integer(value: Any, lowest: int, highest: int) -> int:
    if type(value) is not int or not lowest <= value <= highest:
        raise Unfit(f"an integer from {lowest} to {highest}")
    return value


def _all_of(value: Any, check: Check, longest: int = MAX_AXES) -> tuple[Any, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= longest:
        raise Unfit(f"a list of 1 to {longest} values")
    return tuple(map(check, value))


def _one_or_more(value: Any, check: Check, longest: int = MAX_AXES) -> Any:
    return _all_of(value, check, longest) if isinstance(value, list) else check(value)
