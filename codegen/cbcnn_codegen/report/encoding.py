"""Turns reports, frozen dataclasses of plain values, into JSON and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")

_hints = cache(get_type_hints)


def encode(report: Any) -> str:
    """The JSON text of a dataclass, in ASCII: objects of its fields in their order."""
    return json.dumps(asdict(report), indent=1) + "\n"


def decode(kind: type[T], text: str) -> T:
    """The dataclass of a text that `encode` made; ignores what has no field.

    Raises:
        ValueError: no JSON, a field that is missing, or a value of another type.
    """
    try:
        value: T = _decode(kind, json.loads(text), "the report")
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return value


def _decode(kind: Any, value: Any, name: str) -> Any:
    """A value of a type that a field may have.

    Args:
        kind: a dataclass, a named tuple, a tuple of one type, a mapping, a union, a literal or a
            plain type.
        value: what JSON has in its place.
        name: of the field, for errors.
    """
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        wanted = NoneType if value is None else next(a for a in arguments if a is not NoneType)
        if wanted in arguments:
            return None if value is None else _decode(wanted, value, name)
    elif origin is Literal:
        if value in arguments:
            return value
    elif is_dataclass(kind):
        if isinstance(value, dict):
            return _decode_fields(kind, value, name)
    elif origin is tuple or hasattr(kind, "_fields"):
        if isinstance(value, list):
            return _decode_items(kind, value, name)
    elif origin is not None and issubclass(origin, Mapping):
        if isinstance(value, dict):
            return {key: _decode(arguments[1], item, name) for key, item in value.items()}
    elif kind is float and type(value) is int:
        return float(value)
    elif type(value) is kind:
        return value
    raise ValueError(f"{name}: {str(value)[:80]!r}")


def _decode_fields(kind: Any, value: dict[str, Any], name: str) -> Any:
    hints = _hints(kind)
    names = [field.name for field in fields(kind)]
    missing = [key for key in names if key not in value]
    if missing:
        raise ValueError(f"{name}: no {', '.join(missing)}")
    return kind(**{key: _decode(hints[key], value[key], key) for key in names})


def _decode_items(kind: Any, value: list[Any], name: str) -> Any:
    """A tuple of many of one type, of some types, or a named one."""
    types = tuple(_hints(kind).values()) if hasattr(kind, "_fields") else get_args(kind)
    if types[-1] is ...:
        types = types[:1] * len(value)
    if len(types) != len(value):
        raise ValueError(f"{name}: {len(value)} values instead of {len(types)}")
    items = [_decode(of, item, name) for of, item in zip(types, value, strict=True)]
    return kind(*items) if hasattr(kind, "_fields") else tuple(items)
