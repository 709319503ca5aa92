"""One layer as the model file describes it, and checked access to its options."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cbcnn_codegen.errors import ModelFileError, UnsupportedLayerError
from cbcnn_inputs.model_files.limits import MAX_DIMENSION, quote
from cbcnn_inputs.probe import IMAGE, Probe

_REQUIRED: Final = object()


Path = tuple[str, ...]
"""A layer's own name, behind those of the models around it."""


@dataclass(frozen=True)
class LayerConfig:
    """A layer of the chain.

    Attributes:
        kind: the class name without the package, such as `QuantConv2D`; a class of an unknown
            package keeps it, so nothing mistakes it for one of the same name.
        name: unique in its model; layers of nested models carry the names of these in front.
        options: the constructor's arguments.
        path: its own name, behind those of the models around it; the first of them is the group
            under which `.h5` files keep its weights.
        call: the same for the call of it; differs from the path from a layer's second call on.
        probe: what shows its result in the live model.
        reads: calls whose results it reads; none for a layer that reads the image.
        location: where `.keras` files keep its weights: class name in snake case and how many
            layers of the class precede it, for each level of nesting.
    """

    kind: str
    name: str
    options: Mapping[str, Any]
    path: Path = ()
    location: tuple[tuple[str, int], ...] = ()
    call: Path = ()
    probe: Probe = IMAGE
    reads: tuple[Path, ...] = ()

    def get(self, key: str, default: Any = None) -> Any:
        """An option, unchecked."""
        return self.options.get(key, default)

    def flag(self, key: str, default: bool) -> bool:
        """An option that is true or false."""
        value = self.options.get(key, default)
        if not isinstance(value, bool):
            raise self.damaged(key, value, "true or false")
        return value

    def number(self, key: str, default: float | None = None) -> float:
        """An option that is a finite number."""
        value = self.options.get(key, _REQUIRED if default is None else default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.damaged(key, value, "a number")
        try:
            result = float(value)
        except OverflowError:
            result = math.inf
        if not math.isfinite(result):
            raise self.damaged(key, value, "a finite number")
        return result

    def size(self, key: str) -> int:
        """An option that counts channels, units or the like."""
        return self._size(key, self.options.get(key, _REQUIRED))

    def pair(self, key: str, default: tuple[int, int] | None = None) -> tuple[int, int]:
        """An option that is a size along rows and columns, or one for both."""
        value = self.options.get(key)
        if value is None:
            value = _REQUIRED if default is None else default
        if isinstance(value, Sequence) and not isinstance(value, str) and len(value) == 2:
            return self._size(key, value[0]), self._size(key, value[1])
        return self._size(key, value), self._size(key, value)

    def choice(self, key: str, default: str, allowed: Sequence[str]) -> str:
        """An option that is one of some words."""
        value = self.options.get(key, default)
        if value not in allowed or not isinstance(value, str):
            raise self.damaged(key, value, " or ".join(allowed))
        return value

    def _size(self, key: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.damaged(key, value, "an integer")
        if not 1 <= value <= MAX_DIMENSION:
            raise self.damaged(key, value, f"an integer from 1 to {MAX_DIMENSION}")
        return value

    def damaged(self, key: str, value: Any, allowed: str) -> ModelFileError:
        """The error for an option that Keras does not write."""
        found = "nothing" if value is _REQUIRED else quote(value)
        return ModelFileError(
            f"layer {quote(self.name)} is damaged",
            found=f"{key}={found}",
            allowed=f"{key}: {allowed}",
            suggestion="save the model again",
        )

    def refused(
        self, found: str, allowed: str, suggestion: str | None = None
    ) -> UnsupportedLayerError:
        """The error for a layer that is sound but cannot be generated."""
        return UnsupportedLayerError(
            layer=quote(self.name),
            found=found,
            allowed=allowed,
            suggestion=suggestion,
        )
