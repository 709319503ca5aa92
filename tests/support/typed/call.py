"""Layers as a user types them: calls that print as Python and build what they say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Name:
    """A thing that a module has, such as `larq.math.sign`."""

    path: str

    def __str__(self) -> str:
        return self.path


@dataclass(frozen=True)
class Call:
    """A function that is called, such as `layers.Flatten()`; prints as source code."""

    function: str
    arguments: tuple[Any, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        options = (f"{key}={source(value)}" for key, value in self.options.items())
        return f"{self.function}({', '.join([*map(source, self.arguments), *options])})"

    @property
    def kind(self) -> str:
        """The name of the function alone."""
        return self.function.rpartition(".")[2]

    def with_option(self, key: str, value: Any) -> Call:
        """The same call with another option."""
        return Call(self.function, self.arguments, {**self.options, key: value})


def source(value: Any) -> str:
    """Python text of an argument."""
    return str(value) if isinstance(value, Call | Name) else repr(value)


def build(value: Any, modules: Mapping[str, Any]) -> Any:
    """What an argument is worth, its calls made; `modules` are the roots of their names."""
    match value:
        case Name():
            return _find(value.path, modules)
        case Call():
            arguments = [build(item, modules) for item in value.arguments]
            options = {key: build(item, modules) for key, item in value.options.items()}
            return _find(value.function, modules)(*arguments, **options)
    return value


def _find(path: str, modules: Mapping[str, Any]) -> Any:
    root, *rest = path.split(".")
    found = modules[root]
    for name in rest:
        found = getattr(found, name)
    return found
