"""Which values the layers of a functional model read, in the forms of Keras 2 and 3."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from cbcnn_codegen.errors import ModelFileError
from cbcnn_codegen.read.operations import CONSTANT
from cbcnn_inputs.model_files.limits import MAX_NESTED_MODELS


class ValueSource(NamedTuple):
    """A value: which layer makes it, in which of its calls, and which of its outputs it is."""

    layer: str
    call: int
    output: int


def sources(value: Any, depth: int = 0) -> Iterator[ValueSource]:
    """The values in a call: `["name", 0, 0]` in Keras 2, `__keras_tensor__` in Keras 3."""
    if depth > MAX_NESTED_MODELS:
        raise damaged("calls nested too deep")
    if isinstance(value, Mapping):
        config = value.get("config")
        if value.get("class_name") == "__keras_tensor__" and isinstance(config, Mapping):
            yield from sources(config.get("keras_history"), depth + 1)
        else:
            for item in value.values():
                yield from sources(item, depth + 1)
    elif isinstance(value, list):
        if len(value) >= 3 and isinstance(value[0], str) and isinstance(value[1], int):
            if value[0] != CONSTANT:
                yield ValueSource(value[0], value[1], value[2] if type(value[2]) is int else 0)
            value = value[3:]
        for item in value:
            yield from sources(item, depth + 1)


def call_options(node: Any) -> Iterator[tuple[str, Any]]:
    """Keyword arguments of a call, in the form of either Keras."""
    if isinstance(node, Mapping):
        kwargs = node.get("kwargs")
        yield from kwargs.items() if isinstance(kwargs, Mapping) else ()
    elif isinstance(node, list):
        for item in node:
            if isinstance(item, list) and len(item) > 3 and isinstance(item[3], Mapping):
                yield from item[3].items()


def damaged(found: str) -> ModelFileError:
    """The error for a description that Keras does not write."""
    return ModelFileError(
        "the model's architecture is damaged",
        found=found,
        allowed="the JSON that Keras writes",
        suggestion="save the model again",
    )
