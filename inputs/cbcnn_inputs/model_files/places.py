"""The names under which archives keep the arrays of layers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cbcnn_inputs.model_files.class_names import stored_class


def snake_case(kind: str) -> str:
    """The name under which Keras stores the weights of a class: `QuantConv2D` is `quant_conv2d`."""
    plain = re.sub(r"\W+", "", kind)
    split = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", plain)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", split).lower()


def places_of(entries: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, int]]:
    """For each layer of a model its class, as `snake_case`, and how many such precede it."""
    counts: dict[str, int] = {}
    for entry in entries:
        kind = snake_case(stored_class(entry))
        yield kind, counts.setdefault(kind, 0)
        counts[kind] += 1
